#pragma once

#include <string>

class QWidget;

namespace slimline::gui {

class Session;

/// Writes what a view or the window shows, by the file's ending: .png (`times` 1 to 4 as many pixels), .pdf and .svg (plots
/// as vectors, clouds of points in them as pictures), .csv (the view's rows), .md (a report), .json (the session). Throws
/// InputError for another ending, for a view without rows, or when the file cannot be written.
void export_file(QWidget& shown, const Session& session, const std::string& path, double times);

}  // namespace slimline::gui
