#pragma once

namespace slimline::gui {

/// Tells screen readers that our plots are charts, not plain areas. Once is enough; more does nothing.
void name_roles_of_plots();

}  // namespace slimline::gui
