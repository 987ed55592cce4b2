#pragma once

#include <QIcon>

namespace slimline::gui {

// Drawn in the theme's colours at the theme's scale, so that no image files are needed.

QIcon reset_icon();
QIcon lock_icon(bool closed);

}  // namespace slimline::gui
