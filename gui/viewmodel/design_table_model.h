#pragma once

#include <memory>

#include <QAbstractTableModel>

#include "gui/viewmodel/brushes.h"

namespace slimline::gui {

/// The designs of a frame as rows: those of the front, or all that are shown; only those that pass the brushes.
class DesignTableModel : public QAbstractTableModel {
    Q_OBJECT

 public:
    enum Role { SortRole = Qt::UserRole, OnFrontRole, KneeRole, RowRole };

    explicit DesignTableModel(QObject* parent = nullptr);

    void show(std::shared_ptr<const LiveFrame> frame, const Brushes& brushes);
    void show_all(bool all);
    bool shows_all() const { return all_; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

    Column column_at(int section) const { return order_of_columns()[std::size_t(section)]; }
    /// The place of a design of the live space; -1 when it is not shown.
    int place_of(std::uint32_t row) const;
    /// The places of many, ascending; those that are not shown have none.
    std::vector<int> places_of(const DesignSelection& selection) const;
    std::uint32_t row_at(int place) const;

    /// With a header, as visible.
    QString csv() const;

 private:
    static const std::array<Column, column_count>& order_of_columns();
    const DesignRows& rows() const { return all_ ? frame_->cloud : frame_->front; }
    std::vector<std::uint32_t> sorted_places() const;

    std::shared_ptr<const LiveFrame> frame_;
    const Brushes* brushes_ = nullptr;
    bool all_ = false;
    std::vector<std::uint32_t> order_;  // places in rows()
    Column sorted_by_ = Column::tpot;
    Qt::SortOrder direction_ = Qt::AscendingOrder;
};

}  // namespace slimline::gui
