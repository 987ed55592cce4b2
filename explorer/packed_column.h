#pragma once

#include "base/json.h"
#include "explorer/report_data.h"

namespace slimline {

/// A column as report.js unpacks it. Of few designs `values`, as they are; of many, which a browser would spend its time
/// parsing, base64 of little-endian numbers: `indices` of `bytes` each into `distinct`, or `floats` in single precision, the
/// seven digits that a chart can show.
Json packed_column(const ReportColumn& column);

}  // namespace slimline
