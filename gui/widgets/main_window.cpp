#include "gui/widgets/main_window.h"

#include <QAction>
#include <QDockWidget>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>

#include "gui/widgets/answer_bar.h"
#include "gui/widgets/breakdown_view.h"
#include "gui/widgets/design_panel.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

MainWindow::MainWindow(Session& session, QWidget* parent)
    : QMainWindow(parent), session_(session), actions_(new Actions(*this))
{
    setWindowTitle("Slimline");
    setDockNestingEnabled(true);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    apply_view();
    for (const char* name : {"&File", "&Edit", "&View", "&Help"}) {
        menuBar()->addMenu(tr(name))->setObjectName(QString(name).remove('&'));
    }
    auto* answer = new QToolBar(tr("Answer"), this);
    answer->setObjectName("answer");
    answer->setMovable(false);
    answer->addWidget(new AnswerBar(session_, answer));
    addToolBar(Qt::TopToolBarArea, answer);
    measure_ = new QLabel(this);
    measure_->setAccessibleName(tr("Measured speed"));
    statusBar()->addPermanentWidget(measure_);
    add_core_views();
    add_core_actions();
    connect(&session_, &Session::changed, this, &MainWindow::show_state);
    connect(&session_, &Session::refused, this, &MainWindow::show_message);
    resize(1280, 800);
    show_state(Session::Everything);
}

MainWindow::~MainWindow() = default;

QDockWidget& MainWindow::add_view(const QString& name, QWidget* view, Place place)
{
    auto* dock = new QDockWidget(name, this);
    dock->setObjectName("dock." + name.toLower().replace(' ', '_'));
    dock->setWidget(view);
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
    actions_->add({.id = "show." + name.toLower().replace(' ', '_'), .menu = "View", .text = tr("Show %1").arg(name),
                   .run = [this, name] { raise_view(name); }});
    return *dock;
}

void MainWindow::raise_view(const QString& name)
{
    for (QDockWidget* dock : docks_) {
        if (dock->windowTitle() == name) {
            dock->show();
            dock->raise();
            dock->widget()->setFocus();
        }
    }
}

void MainWindow::add_core_views()
{
    add_view(tr("Design"), new DesignPanel(session_), Place::left);
    add_view(tr("Breakdown"), new BreakdownView(session_), Place::lower);
}

void MainWindow::add_core_actions()
{
    actions_->add({.id = "edit.undo", .menu = "Edit", .text = tr("Undo"), .shortcut = QKeySequence::Undo, .run = [this] { session_.undo(); }});
    actions_->add({.id = "edit.redo", .menu = "Edit", .text = tr("Redo"), .shortcut = QKeySequence::Redo, .run = [this] { session_.redo(); }});
    for (const auto& [info, action] : actions_->all()) {
        if (auto* menu = findChild<QMenu*>(info.menu)) {
            menu->addAction(action);
        }
    }
}

void MainWindow::apply_view()
{
    const ViewState& view = session_.state().view;
    if (theme_ != view.theme || scale_percent_ != view.scale_percent) {
        theme_ = view.theme;
        scale_percent_ = view.scale_percent;
        apply_theme(theme_named(theme_), scale_percent_ / 100.0);
    }
}

void MainWindow::show_state(int)
{
    apply_view();
    actions_->find("edit.undo")->setEnabled(session_.can_undo());
    actions_->find("edit.redo")->setEnabled(session_.can_redo());
    statusBar()->clearMessage();
}

void MainWindow::show_message(const QString& message)
{
    statusBar()->showMessage(message);
}

void MainWindow::show_measure(const QString& measure)
{
    measure_->setText(measure);
}

void MainWindow::paintEvent(QPaintEvent* event)
{
    QMainWindow::paintEvent(event);
    if (!painted_) {
        painted_ = true;
        QTimer::singleShot(0, this, &MainWindow::first_painted);
    }
}

}  // namespace slimline::gui
