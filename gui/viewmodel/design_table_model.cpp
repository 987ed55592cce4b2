#include "gui/viewmodel/design_table_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace slimline::gui {

namespace {

QString text(std::string_view words)
{
    return QString::fromUtf8(words.data(), qsizetype(words.size()));
}

}  // namespace

DesignTableModel::DesignTableModel(QObject* parent) : QAbstractTableModel(parent) {}

const std::array<Column, column_count>& DesignTableModel::order_of_columns()
{
    using enum Column;
    static constexpr std::array<Column, column_count> order{
        tpot,    loss,     memory,   ttft,  total, energy,     parameters, active_parameters, weights, kv_cache, layers,
        d_model, heads,    kv_heads, head_dim, d_ffn, vocabulary, experts,    active,            tied,    tpot_per_character,
        loss_per_character};
    return order;
}

/// A view keeps its place and its headers: while a device moves, designs of a front come and go at the end of the list.
void DesignTableModel::show(std::shared_ptr<const LiveFrame> frame, const Brushes& brushes)
{
    const auto before = int(order_.size());
    const bool same_space = frame_ && frame && frame_->space == frame->space;
    if (!same_space || before == 0) {
        beginResetModel();
        frame_ = std::move(frame);
        brushes_ = &brushes;
        order_ = sorted_places();
        endResetModel();
        return;
    }
    std::swap(frame_, frame);
    brushes_ = &brushes;
    std::vector<std::uint32_t> next = sorted_places();
    std::swap(frame_, frame);  // views may ask for the old rows until they are told
    const auto after = int(next.size());
    const auto take = [&] {
        frame_ = std::move(frame);
        order_ = std::move(next);
    };
    if (after > before) {
        beginInsertRows({}, before, after - 1);
        take();
        endInsertRows();
    } else if (after < before) {
        beginRemoveRows({}, after, before - 1);
        take();
        endRemoveRows();
    } else {
        take();
    }
    if (const int both = std::min(before, after); both > 0) {
        Q_EMIT dataChanged(index(0, 0), index(both - 1, columnCount() - 1));
    }
}

void DesignTableModel::show_all(bool all)
{
    if (all_ != all) {
        beginResetModel();
        all_ = all;
        order_ = sorted_places();
        endResetModel();
    }
}

std::vector<std::uint32_t> DesignTableModel::sorted_places() const
{
    std::vector<std::uint32_t> order;
    if (!frame_) {
        return order;
    }
    for (std::size_t i = 0; i < rows().size(); ++i) {
        if ((!all_ || frame_->cloud_within[i] != 0) && brushes_->passes(rows(), i)) {
            order.push_back(std::uint32_t(i));
        }
    }
    const std::vector<double>& values = rows()[sorted_by_];
    const auto key = [&](std::uint32_t place) {  // what is not known comes last
        return std::isnan(values[place]) ? std::numeric_limits<double>::infinity() : values[place];
    };
    std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
        return direction_ == Qt::AscendingOrder ? key(a) < key(b) : key(b) < key(a);
    });
    return order;
}

int DesignTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(order_.size());
}

int DesignTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(column_count);
}

QVariant DesignTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const std::size_t place = order_[std::size_t(index.row())];
    const Column column = column_at(index.column());
    const double value = rows()[column][place];
    switch (role) {
        case Qt::DisplayRole:
            return text(display(column, value, frame_->space->question()));
        case Qt::TextAlignmentRole:
            return QVariant(Qt::AlignVCenter | (column == Column::weights || column == Column::kv_cache ? Qt::AlignLeft
                                                                                                        : Qt::AlignRight));
        case SortRole:
            return value;
        case OnFrontRole:
            return !all_ || std::ranges::find(frame_->front.rows, rows().rows[place]) != frame_->front.rows.end();
        case KneeRole:
            return !frame_->front.rows.empty() && rows().rows[place] == frame_->front.rows[frame_->knee];
        case RowRole:
            return rows().rows[place];
        default:
            return {};
    }
}

QVariant DesignTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole) {
        return {};
    }
    if (orientation == Qt::Vertical) {
        return section + 1;
    }
    const Column column = column_at(section);
    const std::string_view unit = bare_unit(column);
    return text(label(column)) + (unit.empty() ? QString{} : " [" + text(unit) + "]");
}

void DesignTableModel::sort(int column, Qt::SortOrder order)
{
    if (column < 0 || column >= columnCount()) {
        return;
    }
    beginResetModel();
    sorted_by_ = column_at(column);
    direction_ = order;
    order_ = sorted_places();
    endResetModel();
}

int DesignTableModel::place_of(std::uint32_t row) const
{
    const auto found = std::ranges::find(order_, row, [&](std::uint32_t place) { return rows().rows[place]; });
    return found == order_.end() ? -1 : int(found - order_.begin());
}

std::vector<int> DesignTableModel::places_of(const DesignSelection& selection) const
{
    std::vector<int> places;
    for (std::size_t i = 0; i < order_.size() && places.size() < selection.rows().size(); ++i) {
        if (selection.contains(rows().rows[order_[i]])) {
            places.push_back(int(i));
        }
    }
    return places;
}

std::uint32_t DesignTableModel::row_at(int place) const
{
    return rows().rows[order_[std::size_t(place)]];
}

QString DesignTableModel::csv() const
{
    QString lines;
    for (int c = 0; c < columnCount(); ++c) {
        lines += (c > 0 ? "," : "") + text(id(column_at(c)));
    }
    lines += '\n';
    for (const std::uint32_t place : order_) {
        for (int c = 0; c < columnCount(); ++c) {
            const Column column = column_at(c);
            const double value = rows()[column][place];
            const bool word = column == Column::weights || column == Column::kv_cache;
            lines += (c > 0 ? "," : "") + (word ? text(display(column, value, frame_->space->question()))
                                                : QString::number(value, 'g', 17));
        }
        lines += '\n';
    }
    return lines;
}

}  // namespace slimline::gui
