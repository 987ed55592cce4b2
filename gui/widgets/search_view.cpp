#include "gui/widgets/search_view.h"

#include <QElapsedTimer>

namespace slimline::gui {

SearchView::SearchView(SearchWorkspace& workspace, QWidget* parent)
    : SessionView(workspace.session(), parent), workspace_(workspace)
{
    const auto soon = [this] { show_soon(); };
    connect(&workspace.explorer(), &LiveExplorer::changed, this, soon);
    connect(&workspace.brushes(), &Brushes::changed, this, soon);
    connect(&workspace.selection(), &DesignSelection::changed, this, soon);
    connect(&workspace, &SearchWorkspace::question_changed, this, soon);
}

void SearchView::show_state()
{
    if (!frame()) {
        return;
    }
    QElapsedTimer timer;
    timer.start();
    show_search();
    paint_milliseconds_ = double(timer.nsecsElapsed()) / 1e6;
    Q_EMIT shown();
}

}  // namespace slimline::gui
