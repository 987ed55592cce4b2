#pragma once

#include <QString>
#include <QStringList>

class QWidget;

namespace slimline::gui {

/// What a file is asked for. `filters` as Qt writes them: "Session (*.json);;All files (*)".
struct AskedFile {
    QString title{};
    QString filters{};
    QString name{};     // suggested; of a file to write
    bool write = false;
    bool many = false;  // of files to read
};

/// The files that a person chooses; none where the dialog is left. The window keeps one dialog, in the folder where it was last: when Qt
/// takes one down it waits for a thread that may be reading a large folder, and nothing is painted meanwhile.
QStringList ask_files(QWidget& asks, const AskedFile& asked);

}  // namespace slimline::gui
