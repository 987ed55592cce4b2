#pragma once

#include <QSize>

class QPainter;

namespace slimline::gui {

/// A widget that can draw itself anew: on screen it keeps a picture in the screen's pixels, which an export would enlarge.
class Drawn {
 public:
    virtual ~Drawn() = default;

    /// Lines and words as vectors, in a rectangle of that size; clouds of points as a picture of `ratio` times as many pixels.
    virtual void draw(QPainter& painter, QSize size, double ratio) = 0;
};

}  // namespace slimline::gui
