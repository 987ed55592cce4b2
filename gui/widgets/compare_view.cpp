#include "gui/widgets/compare_view.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTabWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include "base/text.h"
#include "gui/viewmodel/comparison.h"
#include "gui/widgets/chart_view.h"
#include "gui/widgets/text.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

QComboBox* combo(QWidget* parent, const QString& name, const char* id)
{
    auto* box = new QComboBox(parent);
    box->setObjectName(id);
    box->setAccessibleName(name);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(10);
    return box;
}

}  // namespace

CompareView::CompareView(Session& session, QWidget* parent) : SessionView(session, parent)
{
    table_ = new QTableWidget(this);
    table_->setAccessibleName(tr("Comparison of designs"));
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setAlternatingRowColors(true);
    table_->setShowGrid(false);
    table_->setSelectionMode(QAbstractItemView::NoSelection);
    table_->setTabKeyNavigation(false);
    table_->setTextElideMode(Qt::ElideRight);
    table_->setWordWrap(false);
    table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table_->verticalHeader()->hide();
    difference_ = new QPlainTextEdit(this);
    difference_->setAccessibleName(tr("Difference of inputs"));
    difference_->setReadOnly(true);
    difference_->setTabChangesFocus(true);
    difference_->setLineWrapMode(QPlainTextEdit::NoWrap);
    auto* right = make_waterfall();
    auto* left = new QVBoxLayout;
    left->addWidget(table_, 1);
    left->addWidget(make_pins());
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(2, 2, 2, 2);
    row->addLayout(left, 5);
    row->addWidget(right, 4);
}

/// A row a pinned design: its name, to be typed over, and what can be done with it.
QWidget* CompareView::make_pins()
{
    pins_ = new QTableWidget(0, 3, this);
    pins_->setObjectName("compare.pins");
    pins_->setAccessibleName(tr("Pinned designs"));
    pins_->setToolTip(tr("Double-click a name, or F2, to give another"));
    pins_->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    pins_->setSelectionMode(QAbstractItemView::SingleSelection);
    pins_->setShowGrid(false);
    pins_->setTabKeyNavigation(false);
    pins_->verticalHeader()->hide();
    pins_->horizontalHeader()->hide();
    pins_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    pins_->horizontalHeader()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    pins_->horizontalHeader()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
    // What a cell does takes its row away, so that comes once the event is over.
    connect(pins_, &QTableWidget::itemChanged, this, [this](const QTableWidgetItem* item) {
        const auto row = std::size_t(item->row());
        const std::string name = item->text().trimmed().toStdString();
        QMetaObject::invokeMethod(this, [this, row, name] {
            rename(row, name);
        }, Qt::QueuedConnection);
    });
    return pins_;
}

void CompareView::rename(std::size_t row, const std::string& name)
{
    const std::vector<PinnedDesign> before = session().state().pinned;
    if (row >= before.size()) {
        return;
    }
    if (!session().rename_pinned(row, name)) {
        show_pins();  // as it is still called
        return;
    }
    for (const char* key : {"compare.from", "compare.to"}) {
        if (session().view_value(key) == "pin " + before[row].name) {
            session().set_view_value(key, "pin " + name);
        }
    }
}

void CompareView::show_pins()
{
    const QSignalBlocker quiet(pins_);
    const std::vector<PinnedDesign>& pinned = session().state().pinned;
    pins_->setVisible(!pinned.empty());
    pins_->setRowCount(0);  // with the buttons
    pins_->setRowCount(int(pinned.size()));
    for (int row = 0; row < int(pinned.size()); ++row) {
        const QString name = text(pinned[std::size_t(row)].name);
        pins_->setItem(row, 0, new QTableWidgetItem(name));
        const auto add = [&](int column, const QString& word, const QString& help, const QString& id, auto&& run) {
            auto* button = new QPushButton(word, pins_);
            button->setObjectName(id);
            button->setAccessibleName(help);
            button->setToolTip(help);
            connect(button, &QPushButton::clicked, this, run, Qt::QueuedConnection);
            pins_->setCellWidget(row, column, button);
        };
        add(1, tr("Use"), tr("Go back to %1").arg(name), "compare.use", [this, row] { session().take_pinned(std::size_t(row)); });
        add(2, tr("Remove"), tr("Unpin %1").arg(name), "compare.remove", [this, row] { session().unpin(std::size_t(row)); });
    }
    pins_->resizeRowsToContents();
    int height = 2 * pins_->frameWidth();
    for (int row = 0; row < std::min(4, pins_->rowCount()); ++row) {
        height += pins_->rowHeight(row);
    }
    pins_->setFixedHeight(height);
}

QWidget* CompareView::make_waterfall()
{
    auto* side = new QWidget(this);
    from_ = combo(side, tr("From design"), "compare.from");
    to_ = combo(side, tr("To design"), "compare.to");
    phase_ = combo(side, tr("Phase"), "compare.phase");
    phase_->addItems({tr("a token"), tr("first token")});
    phase_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    phase_->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    auto* choice = new QHBoxLayout;
    choice->addWidget(new QLabel(tr("from"), side));
    choice->addWidget(from_, 1);
    choice->addWidget(new QLabel(tr("to"), side));
    choice->addWidget(to_, 1);
    choice->addWidget(phase_);
    fall_ = new ChartView(tr("Why one design is faster than another"), side);
    tabs_ = new QTabWidget(side);
    tabs_->setAccessibleName(tr("Way from one design to another"));
    tabs_->addTab(fall_, tr("Waterfall"));
    tabs_->addTab(difference_, tr("Inputs that differ"));
    tabs_->setDocumentMode(true);
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(choice);
    layout->addWidget(tabs_, 1);
    connect(tabs_, &QTabWidget::currentChanged, this, [this](int index) {
        this->session().set_view_value("compare.tab", index == 0 ? "waterfall" : "inputs");
        show_way();
    });
    for (QComboBox* box : {from_, to_}) {
        connect(box, &QComboBox::activated, this, [this, box](int index) {
            const auto& pinned = this->session().state().pinned;
            const auto at = std::size_t(index);
            this->session().set_view_value(box->objectName().toStdString(), at == 0 ? "present" : at > pinned.size() ? "selected" : "pin " + pinned[at - 1].name);
            show_way();
        });
    }
    connect(phase_, &QComboBox::activated, this, [this](int index) {
        this->session().set_view_value("compare.phase", index == 0 ? "decode" : "prefill");
        show_way();
    });
    return side;
}

void CompareView::show_table()
{
    const Comparison all = comparison(session().compared(), session().prediction());
    table_->clear();
    table_->setColumnCount(int(2 * all.names.size()));
    table_->setRowCount(int(all.figures.size()));
    QStringList titles{QString{}};
    for (std::size_t i = 0; i < all.names.size(); ++i) {
        titles << text(all.names[i]);
        if (i > 0) {
            titles << tr("change");
        }
    }
    table_->setHorizontalHeaderLabels(titles);
    for (int c = 0; c < titles.size(); ++c) {
        table_->horizontalHeaderItem(c)->setToolTip(titles[c]);
    }
    std::vector<int> least(std::size_t(table_->columnCount()), 0);  // widths at which numbers are whole
    for (int r = 0; r < table_->rowCount(); ++r) {
        const ComparedFigure& figure = all.figures[std::size_t(r)];
        const bool numbers = !std::ranges::all_of(figure.deltas, &std::string::empty);
        int column = 0;
        const auto put = [&](const std::string& words, bool right) {
            if (numbers || column == 0) {
                int& width = least[std::size_t(column)];
                width = std::max(width, table_->fontMetrics().horizontalAdvance(text(words)) + scaled(10));
            }
            auto* item = new QTableWidgetItem(text(words));
            item->setToolTip(text(words));
            item->setTextAlignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
            table_->setItem(r, column++, item);
        };
        put(figure.name, false);
        for (std::size_t i = 0; i < figure.values.size(); ++i) {
            put(figure.values[i], true);
            if (i > 0) {
                put(figure.deltas[i], true);
            }
        }
    }
    table_->setCurrentItem(nullptr);
    table_->resizeColumnsToContents();
    table_->resizeRowsToContents();
    fit_columns(least);
}

/// Where there is no room for all designs, their numbers are whole and words (names of models and devices) are elided.
void CompareView::fit_columns(const std::vector<int>& least)
{
    std::vector<int> spare;
    int wanted = 0;
    for (int c = 0; c < table_->columnCount(); ++c) {
        const int width = table_->columnWidth(c);
        spare.push_back(std::max(0, width - least[std::size_t(c)]));
        wanted += width;
    }
    const double room = std::accumulate(spare.begin(), spare.end(), 0);
    const double share = room > 0 ? std::clamp((wanted - table_->viewport()->width()) / room, 0.0, 1.0) : 0;
    for (int c = 0; c < table_->columnCount(); ++c) {
        table_->setColumnWidth(c, table_->columnWidth(c) - int(std::ceil(share * spare[std::size_t(c)])));
        QTableWidgetItem& title = *table_->horizontalHeaderItem(c);
        title.setText(table_->fontMetrics().elidedText(title.toolTip(), Qt::ElideRight, table_->columnWidth(c) - scaled(8)));
    }
}

void CompareView::resizeEvent(QResizeEvent* event)
{
    SessionView::resizeEvent(event);
    show_soon();
}

/// What the session keeps; nothing chosen, or a design that is pinned no more: from the present one to the last.
void CompareView::show_choices()
{
    const SessionState state = session().compared();
    for (QComboBox* box : {from_, to_}) {
        const QSignalBlocker quiet(box);
        box->clear();
        box->addItem(tr("present"));
        const std::string kept = session().view_value(box->objectName().toStdString());
        const bool last = kept == "selected" || (kept != "present" && box == to_);  // a design selected in the search stands last
        int chosen = last ? int(state.pinned.size()) : 0;
        for (const PinnedDesign& pin : state.pinned) {
            box->addItem(text(pin.name));
            chosen = kept == "pin " + pin.name ? box->count() - 1 : chosen;
        }
        box->setCurrentIndex(chosen);
        box->setEnabled(!state.pinned.empty());
    }
    phase_->setCurrentIndex(session().view_value("compare.phase") == "prefill" ? 1 : 0);
    phase_->setEnabled(!state.pinned.empty());
    const QSignalBlocker quiet(tabs_);
    tabs_->setCurrentIndex(session().view_value("compare.tab") == "inputs" ? 1 : 0);
}

void CompareView::show_way()
{
    const SessionState state = session().compared();
    if (state.pinned.empty()) {
        fall_->show_chart({.empty = "pin a design (Ctrl+P) to compare it with the present one"});
        difference_->setPlainText(tr("pin a design to see what differs"));
        return;
    }
    const auto from = std::size_t(std::max(0, from_->currentIndex()));
    const auto to = std::size_t(std::max(0, to_->currentIndex()));
    fall_->show_chart(waterfall_chart(state, session().prediction(), from, to, phase_->currentIndex() == 0));
    if (tabs_->currentWidget() != difference_) {
        return;  // nobody sees it
    }
    QStringList lines;
    for (const std::string& line : input_differences(state, from, to)) {
        lines << text(line);
    }
    difference_->setPlainText(lines.isEmpty() ? tr("nothing") : lines.join('\n'));
}

void CompareView::show_state()
{
    show_table();
    if (shown_pins_ != session().state().pinned || look_ != font().pixelSize()) {
        shown_pins_ = session().state().pinned;
        look_ = font().pixelSize();
        show_pins();
    }
    show_choices();
    show_way();
}

QString CompareView::csv() const
{
    QString rows;
    const auto add = [&](auto&& cell_of) {
        QStringList cells;
        for (int c = 0; c < table_->columnCount(); ++c) {
            cells << text(csv_field(cell_of(c).toStdString()));
        }
        rows += cells.join(',') + "\n";
    };
    add([&](int c) { return table_->horizontalHeaderItem(c) != nullptr ? table_->horizontalHeaderItem(c)->toolTip() : QString{}; });
    for (int r = 0; r < table_->rowCount(); ++r) {
        add([&](int c) { return table_->item(r, c) != nullptr ? table_->item(r, c)->text() : QString{}; });
    }
    return rows;
}

}  // namespace slimline::gui
