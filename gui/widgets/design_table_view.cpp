#include "gui/widgets/design_table_view.h"

#include <QCheckBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include "gui/widgets/flow_layout.h"
#include "gui/widgets/still_label.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

/// Ranges of the table's own selection: it goes through all of them for every cell that it paints.
constexpr qsizetype most_ranges = 64;

/// Paints every selected design as marked, also those beyond the table's own selection.
class DesignDelegate : public QStyledItemDelegate {
 public:
    DesignDelegate(const DesignSelection& selection, QObject* parent) : QStyledItemDelegate(parent), selection_(selection) {}

 protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->state.setFlag(QStyle::State_Selected, selection_.contains(index.data(DesignTableModel::RowRole).toUInt()));
    }

 private:
    const DesignSelection& selection_;
};

}  // namespace

DesignTableView::DesignTableView(SearchWorkspace& workspace, QWidget* parent)
    : SearchView(workspace, parent), model_(new DesignTableModel(this)), table_(new QTableView(this))
{
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins(4, 2, 4, 2);
    box->setSpacing(2);
    auto* row = new FlowLayout(scaled(8));
    box->addLayout(row);
    all_ = new QCheckBox(tr("All designs shown, not only the front"), this);
    all_->setObjectName("table.all");
    all_->setAccessibleName(all_->text());
    row->addWidget(all_);
    auto* use = new QPushButton(tr("Use design"), this);
    use->setObjectName("table.use");
    use->setAccessibleName(tr("Use the selected design"));
    row->addWidget(use);
    count_ = new StillLabel(true, this);
    count_->label().setObjectName("table.count");
    row->addWidget(count_);
    table_->setObjectName("table.designs");
    table_->setAccessibleName(tr("Designs"));
    table_->setModel(model_);
    table_->setItemDelegate(new DesignDelegate(workspace.selection(), table_));
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setAlternatingRowColors(true);
    table_->setWordWrap(false);
    table_->setSortingEnabled(true);
    table_->setTabKeyNavigation(false);  // arrows go through cells, Tab goes on
    table_->sortByColumn(0, Qt::AscendingOrder);
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
    table_->horizontalHeader()->setAccessibleName(tr("Columns of the designs"));
    table_->verticalHeader()->setAccessibleName(tr("Numbers of the designs"));
    table_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    box->addWidget(table_, 1);
    setFocusProxy(table_);
    connect(all_, &QCheckBox::toggled, this, [this](bool all) {
        model_->show_all(all);
        show_soon();
    });
    connect(use, &QPushButton::clicked, this, [this] {
        if (!this->workspace().selection().empty()) {
            this->workspace().load(this->workspace().selection().current());
        }
    });
    connect(table_, &QTableView::activated, this, [this](const QModelIndex& index) { this->workspace().load(model_->row_at(index.row())); });
    connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &DesignTableView::take_selection);
    connect(model_, &QAbstractItemModel::modelReset, this, [this] { show_selection(); });
}

void DesignTableView::show_search()
{
    showing_ = true;
    model_->show(frame(), workspace().brushes());
    showing_ = false;
    show_selection();
    count_->set_text(tr("%L1 designs").arg(model_->rowCount()));
    const QFontMetrics metrics(font());
    const int line = metrics.height() + scaled(6);
    if (table_->verticalHeader()->defaultSectionSize() != line) {  // it goes through all rows
        table_->verticalHeader()->setDefaultSectionSize(line);
        table_->doItemsLayout();  // else a header that was scrolled beyond its new end paints every row it has
    }
    for (int c = 0; c < model_->columnCount(); ++c) {
        const int name = metrics.horizontalAdvance(model_->headerData(c, Qt::Horizontal).toString()) + scaled(34);
        if (table_->columnWidth(c) < name) {
            table_->setColumnWidth(c, name);
        }
    }
}

void DesignTableView::take_selection()
{
    if (showing_) {
        return;
    }
    Rows rows;
    for (const QModelIndex& index : table_->selectionModel()->selectedRows()) {
        rows.push_back(model_->row_at(index.row()));
    }
    showing_ = true;
    workspace().selection().select(std::move(rows));
    showing_ = false;
}

void DesignTableView::show_selection()
{
    if (showing_ || !frame()) {
        return;
    }
    showing_ = true;
    QItemSelection marks;
    const std::vector<int> places = model_->places_of(workspace().selection());
    for (auto next = places.begin(); next != places.end() && marks.size() < most_ranges;) {
        const auto first = next;  // of neighbours
        do {
            ++next;
        } while (next != places.end() && *next == *std::prev(next) + 1);
        marks.select(model_->index(*first, 0), model_->index(*std::prev(next), model_->columnCount() - 1));
    }
    table_->selectionModel()->select(marks, QItemSelectionModel::ClearAndSelect);
    const int current = workspace().selection().empty() ? -1 : model_->place_of(workspace().selection().current());
    if (current >= 0) {
        table_->selectionModel()->setCurrentIndex(model_->index(current, 0), QItemSelectionModel::NoUpdate);
        table_->scrollTo(model_->index(current, 0));
    }
    showing_ = false;
}

}  // namespace slimline::gui
