#include "gui/widgets/file_dialog.h"

#include <QAbstractItemView>
#include <QFileDialog>
#include <QLineEdit>

namespace slimline::gui {

namespace {

QFileDialog& dialog_of(QWidget& window)
{
    const QString name = "file_dialog";
    if (auto* kept = window.findChild<QFileDialog*>(name, Qt::FindDirectChildrenOnly)) {
        return *kept;
    }
    auto* dialog = new QFileDialog(&window);
    dialog->setObjectName(name);
    return *dialog;
}

}  // namespace

QStringList ask_files(QWidget& asks, const AskedFile& asked)
{
    QFileDialog& dialog = dialog_of(*asks.window());
    dialog.setWindowTitle(asked.title);
    dialog.setAcceptMode(asked.write ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
    dialog.setFileMode(asked.write ? QFileDialog::AnyFile : asked.many ? QFileDialog::ExistingFiles : QFileDialog::ExistingFile);
    dialog.setNameFilters(asked.filters.split(";;"));
    dialog.selectFile(asked.name);
    if (asked.name.isEmpty()) {  // what was chosen last
        for (auto* view : dialog.findChildren<QAbstractItemView*>()) {
            view->clearSelection();
        }
        for (auto* name : dialog.findChildren<QLineEdit*>("fileNameEdit")) {
            name->clear();
        }
    }
    return dialog.exec() == QDialog::Accepted ? dialog.selectedFiles() : QStringList{};
}

}  // namespace slimline::gui
