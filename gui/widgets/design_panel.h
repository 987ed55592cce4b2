#pragma once

#include <memory>
#include <vector>

#include "gui/widgets/session_view.h"

class QComboBox;

namespace slimline::gui {

class FieldEditor;

/// Everything that can be turned: model, formats, device, workload, each with presets.
class DesignPanel : public SessionView {
    Q_OBJECT

 public:
    DesignPanel(Session& session, QWidget* parent = nullptr);

 protected:
    void show_state() override;
    int parts() const override { return Session::Design; }

 private:
    QWidget* make_group(const QString& title, FieldGroup group, QWidget* preset, QWidget* parent);
    QComboBox* make_presets(const char* folder, const QString& name);
    void show_preset(QComboBox& box, const std::string& id, bool edited);

    QComboBox* models_ = nullptr;
    QComboBox* devices_ = nullptr;
    std::vector<FieldEditor*> editors_;
};

}  // namespace slimline::gui
