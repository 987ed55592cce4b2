#include "explorer/report_assets.h"

// The assembler puts each file between two symbols.
#define SLIMLINE_EMBED(name, path)                                                        \
    __asm__(                                                                              \
        ".pushsection .rodata\n"                                                          \
        ".global slimline_" #name "_begin\nslimline_" #name                               \
        "_begin:\n"                                                                       \
        ".incbin \"" path                                                                 \
        "\"\n"                                                                            \
        ".global slimline_" #name "_end\nslimline_" #name "_end:\n.byte 0\n.popsection"); \
    extern "C" const char slimline_##name##_begin[];                                      \
    extern "C" const char slimline_##name##_end[];

SLIMLINE_EMBED(page, SLIMLINE_REPORT_FOLDER "/report.html")
SLIMLINE_EMBED(style, SLIMLINE_REPORT_FOLDER "/report.css")
SLIMLINE_EMBED(script, SLIMLINE_REPORT_FOLDER "/report.js")
#ifdef SLIMLINE_PLOTLY
SLIMLINE_EMBED(plotly, SLIMLINE_PLOTLY)
#endif

namespace slimline {

namespace {

std::string_view between(const char* begin, const char* end)
{
    return {begin, std::size_t(end - begin)};
}

}  // namespace

ReportAssets report_assets()
{
    return {between(slimline_page_begin, slimline_page_end), between(slimline_style_begin, slimline_style_end),
            between(slimline_script_begin, slimline_script_end),
#ifdef SLIMLINE_PLOTLY
            between(slimline_plotly_begin, slimline_plotly_end)
#else
            {}
#endif
    };
}

}  // namespace slimline
