#pragma once

#include <array>
#include <string>
#include <vector>

#include "gui/viewmodel/design_column.h"

namespace slimline::gui {

/// A search/1 document as a person types it: values as "64, 128", "8..36 step 2" or a formula, one line a helper,
/// constraint or limit.
struct SearchForm {
    std::string name{};
    std::array<std::string, dimension_count> dimensions{};  // empty: what the space takes by itself
    std::string weights{};
    std::string kv_cache{};
    std::string helpers{};      // "gqa = 1, 2, 4"
    std::string constraints{};  // "d_ffn >= d_model"
    std::vector<DesignMetric> objectives{};
    std::string limits{};  // "tpot_s <= 0.02"
    std::string law{};
    std::string tokens{};
};

/// Throws InputError for what is no search.
SearchForm form_of(const std::string& search_text);

/// `search_text` with what the form says in place of its own; members that a form does not show (device, workload) stay.
/// Not checked: read_search() does that.
std::string with_form(const std::string& search_text, const SearchForm& form);

/// The text under other objectives or limits.
std::string with_objectives(const std::string& search_text, const std::vector<DesignMetric>& objectives);
std::string with_limit(const std::string& search_text, const Limit& limit);
/// The text with designs that are larger than the device's memory, or without.
std::string with_must_fit(const std::string& search_text, bool must_fit);

/// Limits as lines, and back; throws InputError for a line that is none.
std::vector<Limit> limits_of(const std::string& lines);

/// A search as the window asks it: on one device and workload, by what is known there of a design.
struct AskedHere {
    std::string text{};          // a search/1 document
    SearchQuestion question{};   // of that text; its fleet and hardware still stand in it
    std::string left_out{};      // for people; empty: nothing
};

/// Reads and checks a search/1 document. Prices, power and shares of memory are of several devices and left out; a search
/// for these alone is an InputError.
AskedHere asked_here(const JsonPlace& place);

/// Reads and checks everything a search needs.
SearchQuestion question_of(const std::string& name, const std::string& search_text);

}  // namespace slimline::gui
