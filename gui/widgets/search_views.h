#pragma once

namespace slimline::gui {

class MainWindow;
class SearchWorkspace;

/// Adds the views, filters and actions of the search to a window.
SearchWorkspace& add_search_views(MainWindow& window);

/// Waits until the search's views show all that they will (before a picture is taken).
void settle_search(MainWindow& window);

}  // namespace slimline::gui
