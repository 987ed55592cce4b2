#include "archspace/architecture_json.h"
#include "archspace/inline_architecture.h"
#include "base/files.h"

namespace slimline {

Architecture load_architecture(const std::string& id_or_path_or_inline)
{
    if (is_inline_architecture(id_or_path_or_inline)) {
        return inline_architecture(id_or_path_or_inline);
    }
    const JsonDocument document = load_json(find_data_file(id_or_path_or_inline, "archs", "architecture"));
    return read_architecture(JsonPlace(document));
}

}  // namespace slimline
