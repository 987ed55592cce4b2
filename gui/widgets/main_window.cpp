#include "gui/widgets/main_window.h"

#include <algorithm>

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>

#include "gui/viewmodel/autosave.h"
#include "gui/widgets/answer_bar.h"
#include "gui/widgets/breakdown_view.h"
#include "gui/widgets/compare_view.h"
#include "gui/widgets/curves_view.h"
#include "gui/widgets/design_panel.h"
#include "gui/widgets/plot_roles.h"
#include "gui/widgets/roofline_view.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/still_label.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/validation_view.h"
#include "gui/widgets/why_view.h"

namespace slimline::gui {

MainWindow::MainWindow(Session& session, QWidget* parent)
    : QMainWindow(parent), session_(session), actions_(new Actions(*this)), folder_(Autosave::usual_folder())
{
    name_roles_of_plots();
    setWindowTitle("Slimline");
    setDockNestingEnabled(true);
    setAcceptDrops(true);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    apply_view();
    for (const char* name : {"&File", "&Edit", "&Search", "&View", "&Help"}) {
        menuBar()->addMenu(tr(name))->setObjectName(QString(name).remove('&'));
    }
    connect(actions_, &Actions::added, this, &MainWindow::put_into_menu);
    auto* answer = new QToolBar(tr("Answer"), this);
    answer->setObjectName("answer");
    answer->setMovable(false);
    answer->setContextMenuPolicy(Qt::PreventContextMenu);
    answer->addWidget(new AnswerBar(session_, answer));
    addToolBar(Qt::TopToolBarArea, answer);
    measure_ = new StillLabel(true, this);
    measure_->label().setAccessibleName(tr("Measured speed"));
    statusBar()->addPermanentWidget(measure_);
    add_file_actions();
    add_edit_actions();
    add_view_actions();
    add_help_actions();
    add_core_views();
    connect(&session_, &Session::changed, this, &MainWindow::show_state);
    connect(&session_, &Session::refused, this, &MainWindow::show_message);
    resize(1280, 800);
    show_state(Session::Everything);
    restore_layout();
}

MainWindow::~MainWindow() = default;

QDockWidget* MainWindow::dock_named(const QString& name) const
{
    for (QDockWidget* dock : docks_) {
        if (dock->windowTitle() == name) {
            return dock;
        }
    }
    return nullptr;
}

QDockWidget& MainWindow::add_view(const QString& name, QWidget* view, Place place)
{
    auto* dock = new QDockWidget(name, this);
    const QString id = name.toLower().replace(' ', '_');
    dock->setObjectName("dock." + id);
    dock->setAccessibleName(tr("%1 view").arg(name));
    dock->setWidget(view);
    if (auto* shown = qobject_cast<SessionView*>(view)) {
        connect(dock, &QDockWidget::visibilityChanged, shown, [shown](bool visible) { visible ? shown->catch_up() : void(); });
    }
    view->setAccessibleName(name);
    QDockWidget*& first = place == Place::upper ? first_upper_ : first_lower_;
    if (place == Place::left) {
        addDockWidget(Qt::LeftDockWidgetArea, dock);
    } else if (first == nullptr) {
        addDockWidget(Qt::RightDockWidgetArea, dock, Qt::Vertical);
        first = dock;
    } else {
        tabifyDockWidget(first, dock);
        first->raise();
    }
    docks_.push_back(dock);
    const auto number = docks_.size();
    const QKeySequence keys = number <= 9 ? QKeySequence(QString("Ctrl+%1").arg(number)) : QKeySequence();
    actions_->add({.id = "show." + id, .menu = "View", .text = tr("Show %1").arg(name), .shortcut = keys,
                   .run = [this, name] { raise_view(name); }});
    return *dock;
}

QWidget* MainWindow::view(const QString& name) const
{
    const QDockWidget* dock = dock_named(name);
    return dock != nullptr ? dock->widget() : nullptr;
}

QStringList MainWindow::view_names() const
{
    QStringList names;
    for (const QDockWidget* dock : docks_) {
        names << dock->windowTitle();
    }
    return names;
}

void MainWindow::raise_view(const QString& name)
{
    if (QDockWidget* dock = dock_named(name)) {
        dock->show();
        dock->raise();
        dock->widget()->setFocus();
    }
}

void MainWindow::add_core_views()
{
    add_view(tr("Design"), new DesignPanel(session_), Place::left);
    add_view(tr("Roofline"), new RooflineView(session_), Place::upper);
    add_view(tr("Curves"), new CurvesView(session_), Place::upper);
    add_view(tr("Breakdown"), new BreakdownView(session_), Place::lower);
    add_view(tr("Compare"), new CompareView(session_), Place::lower);
    add_view(tr("Why"), new WhyView(session_), Place::lower);
    auto* validation = new ValidationView(session_);
    add_view(tr("Validation"), validation, Place::lower);
    actions_->add({.id = "validation.survey", .menu = "View", .text = tr("Compare with published times"), .run = [validation] { validation->start_survey(); }});
    actions_->add({.id = "validation.measure", .menu = "View", .text = tr("Measure"), .run = [validation] { validation->start_measuring(); }});
    actions_->add({.id = "validation.stop", .menu = "View", .text = tr("Stop measuring"), .run = [validation] { validation->job().cancel(); }});
    search_ = &add_search_views(*this);
    resizeDocks({docks_.front(), first_upper_}, {410, 870}, Qt::Horizontal);
    resizeDocks({first_upper_, first_lower_}, {330, 330}, Qt::Vertical);
}

void MainWindow::put_into_menu(const ActionInfo& info, QAction& action)
{
    if (auto* menu = menuBar()->findChild<QMenu*>(info.menu)) {
        menu->addAction(&action);
    }
}

void MainWindow::apply_view()
{
    const ViewState& view = session_.state().view;
    if (theme_ != view.theme || scale_percent_ != view.scale_percent) {
        theme_ = view.theme;
        scale_percent_ = view.scale_percent;
        apply_theme(theme_named(theme_), scale_percent_ / 100.0);
        // Before the event loop runs Qt tells no widget of it, and boxes made meanwhile would keep room for other letters.
        setFont(QApplication::font());
    }
}

void MainWindow::show_state(int parts)
{
    if (parts == Session::Marked) {
        return;  // a message stays
    }
    if (parts == Session::Everything) {
        // Of another state theme and scale come by themselves: dressing all widgets takes as long as the rest, and neither is to hold the window up.
        QMetaObject::invokeMethod(this, &MainWindow::apply_view, Qt::QueuedConnection);
    } else {
        apply_view();
    }
    const auto show_step = [&](const char* id, const QString& word, bool can, const std::string& what) {
        QAction* action = actions_->find(id);
        action->setEnabled(can);
        action->setText(can ? word + " " + QString::fromStdString(what) : word);
    };
    show_step("edit.undo", tr("Undo"), session_.can_undo(), session_.undo_text());
    show_step("edit.redo", tr("Redo"), session_.can_redo(), session_.redo_text());
    statusBar()->clearMessage();
}

void MainWindow::show_message(const QString& message)
{
    message_ = message;
    statusBar()->showMessage(message);
    statusBar()->setToolTip(message);
}

void MainWindow::show_measure(const QString& measure)
{
    measure_->set_text(measure);
}

SessionState MainWindow::whole_state() const
{
    SessionState state = session_.state();
    state.view.values["window.docks"] = saveState().toBase64().toStdString();
    state.view.values["window.geometry"] = saveGeometry().toBase64().toStdString();
    return state;
}

void MainWindow::restore_layout()
{
    const auto bytes = [&](const char* key) { return QByteArray::fromBase64(QByteArray::fromStdString(session_.view_value(key))); };
    restoreGeometry(bytes("window.geometry"));
    restoreState(bytes("window.docks"));
}

/// Only now the size is known.
void MainWindow::showEvent(QShowEvent* event)
{
    QMainWindow::showEvent(event);
    if (!laid_out_ && session_.view_value("window.docks").empty()) {
        const int panel = scaled(410);
        resizeDocks({docks_.front(), first_upper_}, {panel, std::max(panel, width() - panel)}, Qt::Horizontal);
        resizeDocks({first_upper_, first_lower_}, {height() / 2, height() / 2}, Qt::Vertical);
    }
    laid_out_ = true;
    for (auto* more : findChildren<QWidget*>("qt_toolbar_ext_button")) {
        more->setAccessibleName(tr("More of this bar"));
    }
}

void MainWindow::paintEvent(QPaintEvent* event)
{
    QMainWindow::paintEvent(event);
    if (!painted_) {
        painted_ = true;
        QTimer::singleShot(0, this, &MainWindow::first_painted);
    }
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    Q_EMIT closed();
    QMainWindow::closeEvent(event);
}

}  // namespace slimline::gui
