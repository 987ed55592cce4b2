#pragma once

#include <vector>

#include <QLayout>

namespace slimline::gui {

/// Controls in a row, and in further rows where the width ends: nothing is cut.
class FlowLayout : public QLayout {
 public:
    explicit FlowLayout(int spacing) { setSpacing(spacing); setContentsMargins(0, 0, 0, 0); }
    ~FlowLayout() override;

    void addItem(QLayoutItem* item) override { items_.push_back(item); }
    int count() const override { return int(items_.size()); }
    QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return arrange({0, 0, width, 0}, false); }
    void setGeometry(const QRect& rect) override;
    QSize sizeHint() const override { return minimumSize(); }
    QSize minimumSize() const override;

 private:
    int arrange(const QRect& rect, bool move) const;

    std::vector<QLayoutItem*> items_;
};

}  // namespace slimline::gui
