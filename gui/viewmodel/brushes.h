#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include <QObject>

#include "gui/viewmodel/live_frame.h"

namespace slimline::gui {

/// Values from one end to the other, both included.
struct Span {
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    bool operator==(const Span&) const = default;
};

/// One filter that is active: an interval of a column.
struct Chip {
    Column column{};
    std::size_t index = 0;  // of the column's intervals
    std::string text{};
};

/// Which designs a person wants to see: of each brushed column one of its intervals must hold the value. All views show
/// the same brushes, and every one of them is a chip that can be taken away.
class Brushes : public QObject {
    Q_OBJECT

 public:
    explicit Brushes(QObject* parent = nullptr) : QObject(parent) {}

    const std::map<Column, std::vector<Span>>& all() const { return spans_; }
    const std::vector<Span>& of(Column column) const;
    bool empty() const { return spans_.empty(); }

    /// Ends in the wrong order are swapped.
    void add(Column column, Span span);
    void replace(Column column, std::size_t index, Span span);
    void set(Column column, std::vector<Span> spans);
    void remove(Column column, std::size_t index);
    void clear();

    std::vector<Chip> chips(const SearchQuestion& question) const;

    bool passes(const DesignRows& rows, std::size_t i) const;
    std::vector<std::uint8_t> passing(const DesignRows& rows) const;

    /// As kept in a session, and read back; what is no brush is left out.
    std::string text() const;
    void read(const std::string& text);

 Q_SIGNALS:
    void changed();

 private:
    std::map<Column, std::vector<Span>> spans_;
};

/// Throws InputError for a text that a session's brushes cannot be read from whole.
void check_brushes(const std::string& text);

/// Which designs are marked in every view, and the one that was chosen last. Designs keep their marks while a device moves.
class DesignSelection : public QObject {
    Q_OBJECT

 public:
    explicit DesignSelection(QObject* parent = nullptr) : QObject(parent) {}

    const Rows& rows() const { return rows_; }  // ascending
    bool contains(std::uint32_t row) const;
    bool empty() const { return rows_.empty(); }
    std::uint32_t current() const { return current_; }

    void select(std::uint32_t row);
    void toggle(std::uint32_t row);
    void select(Rows rows);
    void clear();

 Q_SIGNALS:
    void changed();

 private:
    Rows rows_;
    std::uint32_t current_ = 0;
};

}  // namespace slimline::gui
