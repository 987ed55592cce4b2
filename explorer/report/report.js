// Draws one document of Slimline: a search's designs, a validation, or a sweep. Everything is in this page: it opens offline.
"use strict";
const report = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const font = { family: 'system-ui, "DejaVu Sans", sans-serif', size: 13, color: "#1b1f24" };

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// Numbers as the command line shows them.
function shown(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) return "-";
  if (typeof value !== "number") return String(value);
  if (unit === "s") return value >= 1 ? value.toPrecision(3) + " s" : value >= 1e-3 ? (value * 1e3).toPrecision(3) + " ms" : (value * 1e6).toPrecision(3) + " us";
  if (unit === "J") return value >= 1 ? value.toPrecision(3) + " J" : (value * 1e3).toPrecision(3) + " mJ";
  if (unit === "B") return value >= 2 ** 30 ? (value / 2 ** 30).toPrecision(3) + " GiB" : (value / 2 ** 20).toPrecision(3) + " MiB";
  if (unit === "n") return value >= 1e9 ? (value / 1e9).toPrecision(3) + " G" : value >= 1e6 ? (value / 1e6).toPrecision(3) + " M" : String(value);
  return Number.isInteger(value) ? String(value) : value.toPrecision(5);
}

// Columns of many designs come as base64 of numbers: indices into distinct values, or single precision; NaN for what is none.
function bytes_of(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; ++i) bytes[i] = raw.charCodeAt(i);
  return bytes;
}
function unpack(column) {
  if (column.floats) column.values = new Float32Array(bytes_of(column.floats).buffer);
  if (!column.indices) return;
  const bytes = bytes_of(column.indices);
  const at = column.bytes === 1 ? bytes : new Uint16Array(bytes.buffer);
  const distinct = column.text ? column.distinct : column.distinct.map((v) => (v === null ? NaN : v));
  column.values = column.text ? new Array(at.length) : new Float64Array(at.length);
  for (let i = 0; i < at.length; ++i) column.values[i] = distinct[at[i]];
}
(report.columns || []).forEach(unpack);

const scales = { s: [1e3, "ms"], J: [1e3, "mJ"], B: [1 / 2 ** 30, "GiB"], n: [1e-6, "millions"] };
const scale_of = (column) => scales[column.unit] || [1, ""];
const title_of = (column) => column.title + (scale_of(column)[1] ? " (" + scale_of(column)[1] + ")" : "");
const scaled = (column) => { const scale = scale_of(column)[0]; return Float64Array.from(column.values, (v) => (v === null ? NaN : v * scale)); };

function facts(list) {
  return element("div", { class: "facts" }, ...list.map(([name, value]) => element("div", { class: "fact" }, element("b", {}, value), name)));
}

function select(label, columns, chosen, change) {
  const box = element("select", { "aria-label": label, onchange: () => change(Number(box.value)) });
  columns.forEach((column, i) => {
    const option = element("option", { value: i }, column.title);
    if (i === chosen) option.selected = true;
    box.append(option);
  });
  return element("label", {}, label, box);
}

// --- parallel coordinates -------------------------------------------------------------------------------------------------

// Viridis, in seven steps between which colours are interpolated.
const viridis = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [38, 130, 142], [53, 183, 121], [144, 215, 67], [253, 231, 37]];
function viridis_rgb(share) {
  const at = Math.min(0.999999, Math.max(0, share)) * (viridis.length - 1);
  const [from, to] = [viridis[Math.floor(at)], viridis[Math.floor(at) + 1]];
  return from.map((c, k) => Math.round(c + (to[k] - c) * (at % 1)));
}
const viridis_at = (share) => "rgb(" + viridis_rgb(share).join(",") + ")";
const viridis_scale = viridis.map((rgb, k) => [k / (viridis.length - 1), "rgb(" + rgb.join(",") + ")"]);

// A colour a value, of 64, as the four bytes of a pixel.
const pixel = ([r, g, b]) => new Uint32Array(new Uint8Array([r, g, b, 255]).buffer)[0];
const shades = Uint32Array.from({ length: 64 }, (_, k) => pixel(viridis_rgb((k + 0.5) / 64)));
const [no_shade, left_out_shade] = [pixel([153, 153, 153]), pixel([196, 202, 209])];

// The least and the greatest value, of the rows alone where there are any; what is none of a number does not count.
function extent(values, rows) {
  let [low, high] = [Infinity, -Infinity];
  const n = rows ? rows.length : values.length;
  for (let i = 0; i < n; ++i) {
    const v = values[rows ? rows[i] : i];
    if (v === null) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low > high ? [0, 1] : [low, high];
}

// A line a design over all axes, on a canvas: WebGL would be no faster where there is no graphics processor. `changed` gets
// the ranges of each brushed axis. Beyond 6,000 lines, evenly chosen ones are drawn: more give the same picture.
function parallel_coordinates(host, axes, count, changed) {
  const most_lines = 6000;
  const [top, bottom, side, gap] = [96, 34, 46, 84];
  const height = 430;
  const width = side * 2 + gap * (axes.length - 1) + 60;
  const view = axes.map((column) => ({ column, ends: extent(column.values), turned: false, ranges: [] }));
  let seen = { rows: [], by: axes[0] };

  const canvas = element("canvas", {});
  const marks = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  marks.setAttribute("class", "marks");
  const stage = element("div", { class: "stage", style: "width:" + width + "px;height:" + height + "px" }, canvas, marks);
  host.append(stage);
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  marks.setAttribute("viewBox", "0 0 " + width + " " + height);

  const x_of = (k) => side + gap * k;
  const share_of = (axis, value) => (value - axis.ends[0]) / (axis.ends[1] - axis.ends[0]);
  const y_of = (axis, value) => {
    const share = share_of(axis, value);
    return top + (height - top - bottom) * (axis.turned ? share : 1 - share);
  };
  const value_at = (axis, y) => {
    const share = Math.min(1, Math.max(0, (y - top) / (height - top - bottom)));
    return axis.ends[0] + (axis.ends[1] - axis.ends[0]) * (axis.turned ? share : 1 - share);
  };

  function draw_lines() {
    const paint = canvas.getContext("2d");
    paint.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint.clearRect(0, 0, width, height);
    const { rows, by } = seen;
    const step = Math.max(1, rows.length / most_lines);
    const [low, high] = extent(by.values);
    const groups = new Map();
    for (let at = 0; at < rows.length; at += step) {
      const row = rows[Math.floor(at)];
      const colour = Math.floor(31.999 * (high > low ? (by.values[row] - low) / (high - low) : 0));
      if (!groups.has(colour)) groups.set(colour, []);
      groups.get(colour).push(row);
    }
    paint.globalAlpha = Math.max(0.06, Math.min(0.8, 400 / Math.max(1, rows.length)));
    paint.lineWidth = 1;
    for (const [colour, members] of [...groups].sort((a, b) => b[0] - a[0])) {
      paint.strokeStyle = viridis_at(colour / 31);
      paint.beginPath();
      for (const row of members) {
        view.forEach((axis, k) => paint[k === 0 ? "moveTo" : "lineTo"](x_of(k), y_of(axis, axis.column.values[row])));
      }
      paint.stroke();
    }
  }

  function mark(tag, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    marks.append(made);
    return made;
  }

  function draw_marks() {
    marks.replaceChildren();
    view.forEach((axis, k) => {
      const x = x_of(k);
      mark("line", { x1: x, x2: x, y1: top, y2: height - bottom, class: "axis" });
      mark("text", { x, y: top - 18, class: "title", transform: "rotate(-32 " + x + " " + (top - 18) + ")", "data-axis": k }, axis.column.title);
      const [high, low] = axis.turned ? axis.ends : [...axis.ends].reverse();
      mark("text", { x, y: top - 5, class: "end" }, shown(high, axis.column.unit));
      mark("text", { x, y: height - bottom + 15, class: "end" }, shown(low, axis.column.unit));
      axis.ranges.forEach(([a, b]) => {
        const [from, to] = [y_of(axis, a), y_of(axis, b)].sort((p, q) => p - q);
        mark("rect", { x: x - 7, y: from, width: 14, height: Math.max(3, to - from), class: "brush" });
      });
      mark("rect", { x: x - 14, y: top, width: 28, height: height - top - bottom, class: "grip", "data-axis": k });
    });
  }

  function report_ranges() {
    changed(new Map(view.filter((axis) => axis.ranges.length > 0).map((axis) => [axis.column.name, axis.ranges])));
  }

  let drag = null;
  const point = (event) => { const box = marks.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  marks.addEventListener("pointerdown", (event) => {
    const k = event.target.dataset ? event.target.dataset.axis : undefined;
    if (k === undefined) return;
    marks.setPointerCapture(event.pointerId);
    const [x, y] = point(event);
    drag = { axis: view[Number(k)], title: event.target.tagName === "text", x, y, moved: false, before: [...view[Number(k)].ranges] };
  });
  marks.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x, y] = point(event);
    drag.moved = drag.moved || Math.hypot(x - drag.x, y - drag.y) > 4;
    if (!drag.moved) return;
    if (drag.title) {
      const to = Math.max(0, Math.min(view.length - 1, Math.round((x - side) / gap)));
      view.splice(view.indexOf(drag.axis), 1);
      view.splice(to, 0, drag.axis);
      draw_lines();
    } else {
      drag.axis.ranges = [...drag.before, [value_at(drag.axis, drag.y), value_at(drag.axis, y)].sort((a, b) => a - b)];
    }
    draw_marks();
  });
  marks.addEventListener("pointerup", () => {
    if (!drag) return;
    if (!drag.moved && drag.title) {
      drag.axis.turned = !drag.axis.turned;
      draw_lines();
      draw_marks();
    } else if (!drag.moved) {
      const at = value_at(drag.axis, drag.y);
      drag.axis.ranges = drag.before.filter(([a, b]) => at < a || at > b);
    }
    const brushed = !drag.title;
    drag = null;
    if (brushed) { draw_marks(); report_ranges(); }
  });

  draw_marks();
  return {
    draw(rows, by) { seen = { rows, by }; draw_lines(); },
    clear(name) { view.find((axis) => axis.column.name === name).ranges = []; draw_marks(); },
  };
}

// --- a cloud of points ------------------------------------------------------------------------------------------------------

// A point a design, as the pixels of one picture that the chart shows between its axes, in their units. As marks of the
// chart, 100,000 points took two seconds where there is no graphics processor; the picture takes a hundredth of that.
// Also says which point is nearest to a place in it.
function make_cloud() {
  const canvas = element("canvas", {});
  const cell = 8;  // of the grid in which points are found, in pixels
  let seen = null;

  // `parts`: lists of rows with the pixel that row has, those drawn last on top, and only of the last are points found.
  function draw(xs, ys, parts, [x0, x1], [y0, y1], width, height, size) {
    const ratio = window.devicePixelRatio || 1;
    const [w, h, side] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio)), Math.max(2, Math.round(size * ratio))];
    const image = new ImageData(w, h);
    const pixels = new Uint32Array(image.data.buffer);
    const [columns, lines] = [Math.ceil(w / (cell * ratio)), Math.ceil(h / (cell * ratio))];
    const [first, next] = [new Int32Array(columns * lines).fill(-1), new Int32Array(xs.length)];
    // A square without its corners looks like a disc.
    const spans = Array.from({ length: side }, (_, k) => (side > 3 && (k === 0 || k === side - 1) ? [1, side - 1] : [0, side]));
    parts.forEach(({ rows, pixel_of }, at) => {
      const found = at === parts.length - 1;
      for (const row of rows) {
        const x = ((xs[row] - x0) / (x1 - x0)) * w;
        const y = ((y1 - ys[row]) / (y1 - y0)) * h;
        if (!(x >= 0 && x < w && y >= 0 && y < h)) continue;
        const [left, top, colour] = [Math.round(x - side / 2), Math.round(y - side / 2), pixel_of(row)];
        for (let k = Math.max(0, -top); k < side && top + k < h; ++k) {
          pixels.fill(colour, (top + k) * w + Math.max(0, left + spans[k][0]), (top + k) * w + Math.max(0, Math.min(w, left + spans[k][1])));
        }
        if (found) {
          const place = Math.floor(y / (cell * ratio)) * columns + Math.floor(x / (cell * ratio));
          next[row] = first[place];
          first[place] = row;
        }
      }
    });
    canvas.width = w;
    canvas.height = h;
    canvas.getContext("2d").putImageData(image, 0, 0);
    seen = { xs, ys, x0, x1, y0, y1, width, height, columns, lines, first, next };
    return { source: canvas.toDataURL(), xref: "x", yref: "y", x: x0, y: y1, sizex: x1 - x0, sizey: y1 - y0, sizing: "stretch", layer: "above" };
  }

  // The row whose point is nearest to the place, at most `reach` pixels away, and where that is; null when there is none.
  function nearest(x, y, reach = 10) {
    if (!seen) return null;
    const { xs, ys, x0, x1, y0, y1, width, height, columns, lines, first, next } = seen;
    let best = null;
    const band = (at, most) => [Math.max(0, Math.floor((at - reach) / cell)), Math.min(most - 1, Math.floor((at + reach) / cell))];
    const [[from, to], [high, low]] = [band(x, columns), band(y, lines)];
    for (let line = high; line <= low; ++line) {
      for (let column = from; column <= to; ++column) {
        for (let row = first[line * columns + column]; row >= 0; row = next[row]) {
          const [px, py] = [((xs[row] - x0) / (x1 - x0)) * width, ((y1 - ys[row]) / (y1 - y0)) * height];
          const distance = Math.hypot(px - x, py - y);
          if (distance <= reach && (!best || distance < best.distance)) best = { row, x: px, y: py, distance };
        }
      }
    }
    return best;
  }

  return { draw, nearest };
}

// --- designs of a search ------------------------------------------------------------------------------------------------

function draw_designs() {
  const columns = report.columns;
  const numeric = columns.filter((c) => !c.text);
  const count = columns[0].values.length;
  const all_rows = Uint32Array.from({ length: count }, (_, i) => i);
  const find = (name) => numeric.findIndex((c) => c.name === name);
  const objective = report.objectives.map(find).filter((i) => i >= 0);
  const state = { x: objective[0] || 0, y: objective[1] ?? objective[0] ?? 0, colour: Math.max(0, find("parameters")), brushes: new Map(), boxed: null, chosen: null, sort: null, down: false };

  const scatter = element("div", { class: "plot", id: "scatter", role: "img", "aria-label": "Designs by two figures" });
  const parallel = element("div", { class: "plot", id: "parallel", role: "img", "aria-label": "All dimensions of the designs" });
  const chips = element("div", { class: "bar", id: "chips" });
  const detail = element("p", { class: "quiet", id: "detail", "aria-live": "polite" }, "Point at a design to read it; click to keep it marked.");
  const body = element("tbody", {});
  const head = element("tr", {});
  const decode_bounds = element("div", { class: "plot", id: "decode_bounds", role: "img", "aria-label": "What holds a generated token back" });
  const prefill_bounds = element("div", { class: "plot", id: "prefill_bounds", role: "img", "aria-label": "What holds the prompt back" });
  const controls = element("div", { class: "bar" },
    select("x", numeric, state.x, (i) => { state.x = i; draw_scatter(); }),
    select("y", numeric, state.y, (i) => { state.y = i; draw_scatter(); }),
    select("colour", numeric, state.colour, (i) => { state.colour = i; draw_scatter(); }));

  page.append(element("h1", {}, report.title), element("p", { class: "quiet" }, report.subtitle), facts(report.facts));
  if (report.note) page.append(element("p", { class: "quiet" }, report.note));
  page.append(element("h2", {}, report.front ? "The front" : "Designs"), controls, scatter, detail, chips,
    element("h2", {}, "All dimensions"), element("p", { class: "quiet" }, "Drag along an axis to keep only what lies there (several times for several ranges, click one to remove it); drag a title to move its axis, click it to turn it over."), element("div", { class: "wide" }, parallel));
  if (report.bounds.length > 1) {
    page.append(element("h2", {}, "What holds them back"), element("p", { class: "quiet" }, "Shares of the time that each roof holds, for " + report.bounds.length + " designs spread over the list: of a generated token"), decode_bounds, element("p", { class: "quiet" }, "and of the prompt"), prefill_bounds);
  }
  page.append(element("h2", {}, "Designs kept"), element("div", { class: "scroll" }, element("table", { id: "designs" }, element("thead", {}, head), body)));

  function kept() {
    const rows = [];
    for (let i = 0; i < count; ++i) {
      let keep = true;
      for (const [name, ranges] of state.brushes) {
        const value = columns.find((c) => c.name === name).values[i];
        keep = keep && ranges.some(([low, high]) => value >= low && value <= high);
      }
      if (keep && state.boxed) keep = state.boxed.every(([column, low, high]) => column.values[i] >= low && column.values[i] <= high);
      if (keep) rows.push(i);
    }
    return rows;
  }

  const label = (i) => columns.map((c) => c.title + " " + shown(c.values[i], c.unit)).join(", ");

  // The ends of an axis, with room for whole points at them.
  const roomy = ([low, high]) => { const room = 0.03 * (high - low) || Math.abs(high) * 0.01 || 1; return [low - room, high + room]; };
  const cloud = make_cloud();
  let painted = "";  // the view of which the picture is

  // The picture for the axes as they are now; nothing when it is there already.
  function paint_cloud(again) {
    const { xaxis, yaxis } = scatter._fullLayout;
    const view = [...xaxis.range, ...yaxis.range, xaxis._length, yaxis._length].join();
    if (view === painted && !again) return null;
    painted = view;
    const { xs, ys, parts } = state.drawn;
    return cloud.draw(xs, ys, parts, xaxis.range, yaxis.range, xaxis._length, yaxis._length, count > 5000 ? 4 : 7);
  }

  function draw_scatter() {
    const [x, y, colour] = [numeric[state.x], numeric[state.y], numeric[state.colour]];
    const [xs, ys, values] = [scaled(x), scaled(y), colour.values];
    const rows = kept();
    const ends = extent(values, rows);
    const shade_scale = ends[1] > ends[0] ? 63.999 / (ends[1] - ends[0]) : 0;
    const parts = [{ rows, pixel_of: (row) => shades[Math.floor((values[row] - ends[0]) * shade_scale)] ?? no_shade }];
    if (rows.length < count) parts.unshift({ rows: all_rows, pixel_of: () => left_out_shade });
    state.drawn = { xs, ys, parts };
    const [across, up] = [roomy(extent(xs)), roomy(extent(ys))];
    const bar_ends = ends.map((v) => v * scale_of(colour)[0]);
    // Two marks that nobody sees: the corners, by which the chart finds its ends again, with the bar of colours.
    const traces = [{ type: "scatter", mode: "markers", x: across, y: up, hoverinfo: "skip", marker: { opacity: 0, color: bar_ends, cmin: bar_ends[0], cmax: bar_ends[1], colorscale: viridis_scale, showscale: true, colorbar: { title: { text: title_of(colour), side: "right" } } } }];
    const shown_marker = { marker: { opacity: 1 } };
    if (state.chosen !== null) traces.push({ type: "scatter", mode: "markers", name: "chosen", x: [xs[state.chosen]], y: [ys[state.chosen]], hoverinfo: "skip", selected: shown_marker, unselected: shown_marker, marker: { size: 16, symbol: "circle-open", color: "#d55e00", line: { width: 3 } } });
    const layout = { font, height: 460, margin: { l: 76, r: 12, t: 12, b: 56 }, showlegend: false, hovermode: false, dragmode: "select", uirevision: state.x + "," + state.y,
      xaxis: { title: { text: title_of(x) }, range: across, zeroline: false }, yaxis: { title: { text: title_of(y) }, range: up, zeroline: false }, paper_bgcolor: "#fff", plot_bgcolor: "#fff",
      images: scatter.layout?.images ?? [], selections: state.boxed ? scatter.layout?.selections ?? [] : [] };
    // As the axes stand, if they stay what they are; what plotly then changes is painted anew.
    if (scatter._fullLayout && scatter.layout.uirevision === layout.uirevision) layout.images = [paint_cloud(true)];
    const drawn = Plotly.react(scatter, traces, layout, { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d"] }).then(repaint_cloud);
    draw_chips(rows.length);
    draw_table(rows);
    lines_of.draw(rows, y);
    return drawn;
  }

  function repaint_cloud() {
    const image = paint_cloud(false);
    return image && Plotly.relayout(scatter, { images: [image] });
  }

  function draw_chips(n) {
    chips.replaceChildren(element("span", { class: "quiet", id: "kept" }, n + " of " + count + " designs kept"));
    const chip = (text, remove) => chips.append(element("button", { class: "chip", "aria-label": "remove filter " + text, onclick: remove }, text + " \u00d7"));
    for (const [name, ranges] of state.brushes) {
      const column = columns.find((c) => c.name === name);
      chip(column.title + " " + ranges.map(([a, b]) => shown(a, column.unit) + " to " + shown(b, column.unit)).join(" or "), () => { state.brushes.delete(name); clear_axis(name); draw_scatter(); });
    }
    if (state.boxed) chip("box in the chart", () => { state.boxed = null; draw_scatter(); });
  }

  function draw_table(rows) {
    head.replaceChildren(...columns.map((c) => element("th", { class: c.text ? "text" : "", scope: "col", onclick: () => { state.down = state.sort === c && !state.down; state.sort = c; draw_table(kept()); } }, c.title)));
    const order = state.sort ? [...rows].sort((a, b) => (state.sort.values[a] < state.sort.values[b] ? -1 : state.sort.values[a] > state.sort.values[b] ? 1 : a - b) * (state.down ? -1 : 1)) : rows;
    body.replaceChildren(...order.slice(0, 200).map((i) => element("tr", { class: i === state.chosen ? "chosen" : "", onclick: () => { state.chosen = i; draw_scatter(); } }, ...columns.map((c) => element("td", { class: c.text ? "text" : "" }, shown(c.values[i], c.unit))))));
  }

  // Dimensions first, then the objectives, then the other measures.
  const rank_of = (column) => (!column.measure ? 0 : report.objectives.includes(column.name) ? 1 : 2);

  const axes = numeric.filter((c) => c.values.some((v) => v !== c.values[0])).sort((a, b) => rank_of(a) - rank_of(b));
  const lines_of = parallel_coordinates(parallel, axes, count, (brushes) => { state.brushes = brushes; draw_scatter(); });

  function clear_axis(name) {
    lines_of.clear(name);
  }

  // For each phase the shares of the four roofs, over the time a token of the designs they were taken of.
  function draw_bounds(host, phase) {
    const names = ["memory", "arithmetic", "per-operator times", "fixed times"];
    Plotly.newPlot(host, names.map((name, k) => ({ type: "scatter", mode: "lines", stackgroup: "one", name, line: { width: 0.5, color: colours[k] }, x: report.bounds.map((b) => b.tpot_s * 1e3), y: report.bounds.map((b) => 100 * b[phase][k]), hovertemplate: name + " %{y:.1f} %<extra></extra>" })),
      { font, height: 300, margin: { l: 76, r: 12, t: 40, b: 56 }, hovermode: "x", xaxis: { title: { text: "time a token of the design (ms)" } }, yaxis: { title: { text: "share of the time (%)" }, range: [0, 100] }, legend: { orientation: "h", y: 1.16 } }, { responsive: true, displaylogo: false });
  }

  const drawn = draw_scatter();

  // A box: two columns between two values each, in their own units.
  scatter.on("plotly_selected", (event) => {
    const inside = (i, ends) => [numeric[i], ...ends.map((v) => v / scale_of(numeric[i])[0]).sort((a, b) => a - b)];
    state.boxed = event?.range ? [inside(state.x, event.range.x), inside(state.y, event.range.y)] : null;
    draw_scatter();
  });
  scatter.on("plotly_deselect", () => { state.boxed = null; draw_scatter(); });
  scatter.on("plotly_relayout", repaint_cloud);

  const tip = element("div", { class: "tip", hidden: "" });
  scatter.append(tip);
  function under(event) {
    const box = scatter.querySelector(".nsewdrag").getBoundingClientRect();
    return { near: cloud.nearest(event.clientX - box.left, event.clientY - box.top), box };
  }
  scatter.addEventListener("pointermove", (event) => {
    const { near, box } = under(event);
    tip.hidden = !near;
    if (!near) return;
    const host = scatter.getBoundingClientRect();
    detail.textContent = label(near.row);
    tip.textContent = [state.x, state.y, state.colour].map((i) => numeric[i].title + " " + shown(numeric[i].values[near.row], numeric[i].unit)).join("\n");
    const [x, y] = [box.left - host.left + near.x, box.top - host.top + near.y];
    tip.style.left = (x + tip.offsetWidth + 14 < host.width ? x + 12 : x - tip.offsetWidth - 12) + "px";
    tip.style.top = Math.max(2, Math.min(y - tip.offsetHeight / 2, host.height - tip.offsetHeight - 2)) + "px";
  });
  scatter.addEventListener("pointerleave", () => { tip.hidden = true; });

  // A click is a press that did not move: a drag is a box, or one of the chart's own.
  let pressed = null;
  scatter.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY]; }, true);
  window.addEventListener("pointerup", (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) < 3;
    pressed = null;
    const near = still ? under(event).near : null;
    if (near) { state.chosen = near.row; draw_scatter(); }
  }, true);
  // Further down the page: after what is looked at first.
  if (report.bounds.length > 1) setTimeout(() => { draw_bounds(decode_bounds, "decode"); draw_bounds(prefill_bounds, "prefill"); });
  return drawn;
}

// --- predicted against measured -------------------------------------------------------------------------------------------

function draw_accuracy() {
  const plot = element("div", { class: "plot", id: "scatter", role: "img", "aria-label": "Predicted against measured times" });
  page.append(element("h1", {}, report.title), element("p", { class: "quiet" }, report.subtitle), facts(report.facts), element("h2", {}, "Predicted against measured"), plot);
  const phases = [...new Set(report.cases.map((c) => c.phase))];
  const traces = phases.map((phase, k) => {
    const of = report.cases.filter((c) => c.phase === phase);
    return { type: "scatter", mode: "markers", name: phase, marker: { size: 8, color: colours[k], symbol: ["circle", "diamond", "square"][k % 3] }, x: of.map((c) => c.measured_s * 1e3), y: of.map((c) => c.predicted_s * 1e3),
      error_y: { type: "data", symmetric: false, array: of.map((c) => (c.high_s - c.predicted_s) * 1e3), arrayminus: of.map((c) => (c.predicted_s - c.low_s) * 1e3), color: "#9aa3ad", thickness: 1, width: 0 },
      text: of.map((c) => c.name), hovertemplate: "%{text}<br>measured %{x:.4g} ms<br>predicted %{y:.4g} ms<extra></extra>" };
  });
  const all = report.cases.flatMap((c) => [c.measured_s * 1e3, c.predicted_s * 1e3]).filter((v) => v > 0);
  const ends = [Math.min(...all) * 0.8, Math.max(...all) * 1.25];
  traces.push({ type: "scatter", mode: "lines", name: "equal", x: ends, y: ends, line: { color: "#5b6470", width: 1, dash: "dot" }, hoverinfo: "skip" });
  Plotly.newPlot(plot, traces, { font, height: 560, margin: { l: 76, r: 12, t: 12, b: 56 }, hovermode: "closest", xaxis: { type: "log", title: { text: "measured (ms)" } }, yaxis: { type: "log", title: { text: "predicted (ms)" } }, legend: { orientation: "h", y: 1.08 } }, { responsive: true, displaylogo: false });
  const head = ["case", "phase", "predicted", "measured", "error"];
  const rows = report.cases.map((c) => element("tr", {}, element("td", { class: "text" }, c.name), element("td", { class: "text" }, c.phase), element("td", {}, shown(c.predicted_s, "s")), element("td", {}, shown(c.measured_s, "s")), element("td", {}, ((c.predicted_s / c.measured_s - 1) * 100).toFixed(1) + " %")));
  page.append(element("h2", {}, "Cases"), element("div", { class: "scroll" }, element("table", { id: "designs" }, element("thead", {}, element("tr", {}, ...head.map((h, i) => element("th", { class: i < 2 ? "text" : "" }, h)))), element("tbody", {}, ...rows))));
}

// --- a sweep --------------------------------------------------------------------------------------------------------------

function draw_sweep() {
  page.append(element("h1", {}, report.title), element("p", { class: "quiet" }, report.subtitle));
  report.curves.forEach((curve, k) => {
    const plot = element("div", { class: "plot", id: k === 0 ? "scatter" : "curve" + k, role: "img", "aria-label": curve.title });
    page.append(element("h2", {}, curve.title), plot);
    const [scale, unit] = scales[curve.unit] || [1, ""];
    Plotly.newPlot(plot, curve.lines.map((line, i) => ({ type: "scatter", mode: "lines+markers", name: line.name, x: line.x, y: line.y.map((v) => v * scale), line: { color: colours[i % colours.length] } })),
      { font, height: 380, margin: { l: 76, r: 12, t: 30, b: 92 }, xaxis: { title: { text: report.x_title } }, yaxis: { title: { text: curve.title + (unit ? " (" + unit + ")" : "") }, rangemode: "tozero" }, showlegend: curve.lines.length > 1, legend: { orientation: "h", y: -0.24 } }, { responsive: true, displaylogo: false });
  });
}

const drawn = { designs: draw_designs, accuracy: draw_accuracy, sweep: draw_sweep }[report.kind]();
Promise.resolve(drawn).then(() => { document.body.dataset.ready = "yes"; });
