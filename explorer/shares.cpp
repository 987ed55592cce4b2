#include "explorer/shares.h"

namespace slimline {

std::size_t ShareColumns::index_of(Share share, std::size_t run) const
{
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (columns[c].share == share && columns[c].run == run) {
            return c;
        }
    }
    return absent;
}

}  // namespace slimline
