#pragma once

#include <QWidget>

#include "gui/viewmodel/design_column.h"
#include "gui/widgets/cloud_raster.h"

namespace slimline::gui {

/// What the colours of a cloud mean: the scale with its ends.
class ColourKey : public QWidget {
    Q_OBJECT

 public:
    explicit ColourKey(QWidget* parent);

    void show_range(const ColourRange& range, Column column, const SearchQuestion& question);
    QSize sizeHint() const override { return room_; }
    QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
    void paintEvent(QPaintEvent* event) override;

 private:
    QSize room_for_texts() const;

    QString least_;
    QString most_;
    QSize room_ = room_for_texts();
    Column column_{};
    double scale_ = 0;
};

}  // namespace slimline::gui
