#include "gui/widgets/search_views.h"

#include <QCoreApplication>
#include <QDockWidget>
#include <QToolBar>

#include "gui/viewmodel/copied_command.h"
#include "gui/widgets/chips_bar.h"
#include "gui/widgets/design_table_view.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/parallel_view.h"
#include "gui/widgets/pareto_view.h"
#include "gui/widgets/search_panel.h"

namespace slimline::gui {

namespace {

void add_actions(MainWindow& window, SearchWorkspace& workspace, SearchPanel& panel)
{
    const auto add = [&](const char* id, const QString& text, const QKeySequence& keys, std::function<void()> run, bool dialog = false) {
        window.actions().add({.id = id, .menu = "Search", .text = text, .shortcut = keys, .run = std::move(run), .opens_dialog = dialog});
    };
    add("search.run", QObject::tr("Run the search"), QKeySequence("F5"), [&] { workspace.run(); });
    add("search.cancel", QObject::tr("Cancel the search"), {}, [&] { workspace.job().cancel(); });
    add("search.open", QObject::tr("Open a search…"), QKeySequence("Ctrl+Shift+O"), [&] { panel.open_dialog(); }, true);
    add("search.save", QObject::tr("Save the search…"), {}, [&] { panel.save_dialog(); }, true);
    add("search.copy_command", QObject::tr("Copy the search as command"), QKeySequence("Ctrl+Alt+C"), [&] {
        if (!workspace.text().empty()) {
            const SessionState& state = workspace.session().state();
            window.copy(copied_search(workspace.text(), state.scenario, state.calibration_choice, window.files_of_commands()));
        }
    });
    add("search.knee", QObject::tr("Select the knee of the front"), QKeySequence("Ctrl+J"), [&] { workspace.select_knee(); });
    add("search.next", QObject::tr("Next design of the front"), QKeySequence("Ctrl+]"), [&] { workspace.step_on_front(1); });
    add("search.previous", QObject::tr("Previous design of the front"), QKeySequence("Ctrl+["), [&] { workspace.step_on_front(-1); });
    add("search.use", QObject::tr("Use the selected design"), QKeySequence("Ctrl+Return"), [&] {
        if (!workspace.selection().empty()) {
            workspace.load(workspace.selection().current());
        }
    });
    add("search.clear", QObject::tr("Remove all filters"), QKeySequence("Ctrl+Shift+F"), [&] { workspace.brushes().clear(); });
    add("search.deselect", QObject::tr("Select no design"), {}, [&] { workspace.selection().clear(); });
}

}  // namespace

SearchWorkspace& add_search_views(MainWindow& window)
{
    auto* workspace = new SearchWorkspace(window.session(), &window);
    auto* pareto = new ParetoView(*workspace);
    auto* panel = new SearchPanel(*workspace);
    QDockWidget& question = window.add_view(QObject::tr("Search"), panel, Place::left);
    window.tabifyDockWidget(window.docks().front(), &question);
    window.docks().front()->raise();
    auto* parallel = new ParallelView(*workspace);
    auto* table = new DesignTableView(*workspace);
    QDockWidget& front = window.add_view(QObject::tr("Pareto"), pareto, Place::lower);
    window.add_view(QObject::tr("Parallel"), parallel, Place::lower);
    window.add_view(QObject::tr("Table"), table, Place::lower);
    front.raise();
    auto* filters = new QToolBar(QObject::tr("Filters"), &window);
    filters->setObjectName("filters");
    filters->setMovable(false);
    filters->setContextMenuPolicy(Qt::PreventContextMenu);
    filters->addWidget(new ChipsBar(*workspace, filters));
    window.addToolBarBreak(Qt::TopToolBarArea);
    window.addToolBar(Qt::TopToolBarArea, filters);
    add_actions(window, *workspace, *panel);
    QObject::connect(workspace, &SearchWorkspace::failed, &window, &MainWindow::show_message);
    QObject::connect(workspace, &SearchWorkspace::told, &window, &MainWindow::show_message);
    for (const SearchView* view : std::initializer_list<SearchView*>{pareto, parallel, table}) {
        QObject::connect(view, &SearchView::shown, &window, [&window, workspace, view] {
            const auto& frame = workspace->explorer().frame();
            window.show_measure(QObject::tr("front of %L1 designs: %2 ms, painted in %3 ms")
                                    .arg(qulonglong(frame->space->size()))
                                    .arg(frame->milliseconds, 0, 'f', 1)
                                    .arg(view->paint_milliseconds(), 0, 'f', 1));
        });
    }
    return *workspace;
}

void settle_search(MainWindow& window)
{
    QCoreApplication::processEvents();
    if (auto* workspace = window.findChild<SearchWorkspace*>()) {
        workspace->explorer().settle();
    }
    QCoreApplication::processEvents();
    if (const auto* parallel = window.findChild<ParallelPlot*>()) {
        while (parallel->isVisible() && !parallel->axes().empty() && !parallel->is_refined()) {
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        }
    }
    QCoreApplication::processEvents();
}

}  // namespace slimline::gui
