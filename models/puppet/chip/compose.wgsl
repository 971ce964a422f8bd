// The parts of a puppet laid over each other and before the plate, as models/puppet/collage.py does:
// the mixed views and what is seen of them are rounded to 8 bits, all else is float.
//
// Each invocation draws four pixels of a row and keeps their sums to itself: nothing is blended, so
// every chip that computes will do.

struct Part {
  to_view_x: vec4f,
  to_view_y: vec4f,
  to_grid_x: vec4f,
  to_grid_y: vec4f,
  box: vec4i,
  views: vec2u,
  shares: vec2f,
  size: vec2i,
  grid: u32,
  unused: u32,
}

struct Pose {
  corner: vec2i,
  extent: vec2i,
  to_cells: vec4f,
  n_parts: u32,
  cells: i32,
  grid: vec2i,
  size: i32,
  unused: array<u32, 3>,
  parts: array<Part, N_PARTS>,
}

struct Pixel {
  rgb: u32,
  alpha: u32,
  shadow: u32,
}

@group(0) @binding(0) var<storage, read> pose: Pose;
@group(0) @binding(1) var<storage, read> grids: array<vec4f>;
@group(0) @binding(2) var<storage, read> shadow: array<f32>;
@group(0) @binding(3) var<storage, read> views: array<u32>;
@group(0) @binding(4) var<storage, read> plate: array<u32>;
@group(0) @binding(5) var<storage, read_write> drawn: array<u32>;

fn levels(word: u32) -> vec4f {
  return vec4f((vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u));
}

fn byte(level: f32) -> u32 {
  return u32(clamp(round(level), 0.0, 255.0));
}

// Beyond its edge a view is bare.
fn texel(p: u32, at: vec2i) -> vec4f {
  let size = pose.parts[p].size;
  if (any(at < vec2i(0)) || any(at >= size)) {
    return vec4f(0.0);
  }
  let index = u32(at.y * size.x + at.x);
  let one = levels(views[pose.parts[p].views.x + index]);
  let shares = pose.parts[p].shares;
  if (shares.y == 0.0) {
    return one;
  }
  return round(shares.x * one + shares.y * levels(views[pose.parts[p].views.y + index]));
}

fn seen(p: u32, place: vec2f) -> vec4f {
  let first = floor(place);
  let part = place - first;
  let at = vec2i(first);
  let upper = mix(texel(p, at), texel(p, at + vec2i(1, 0)), part.x);
  let lower = mix(texel(p, at + vec2i(0, 1)), texel(p, at + vec2i(1, 1)), part.x);
  return round(mix(upper, lower, part.y));
}

// Shift across and along in pixels of the view, nearness, light.
fn bent(p: u32, node: vec2f) -> vec4f {
  let last = pose.grid - vec2i(1);
  let inside = clamp(node, vec2f(0.0), vec2f(last));
  let first = floor(inside);
  let part = inside - first;
  let a = vec2i(first);
  let b = min(a + vec2i(1), last);
  let start = pose.parts[p].grid;
  let upper = mix(
    grids[start + u32(a.y * pose.grid.x + a.x)], grids[start + u32(a.y * pose.grid.x + b.x)], part.x
  );
  let lower = mix(
    grids[start + u32(b.y * pose.grid.x + a.x)], grids[start + u32(b.y * pose.grid.x + b.x)], part.x
  );
  return mix(upper, lower, part.y);
}

fn darker(x: f32, y: f32) -> f32 {
  let last = pose.cells - 1;
  let cell = clamp(pose.to_cells.x * vec2f(x, y) + pose.to_cells.yz, vec2f(0.0), vec2f(f32(last)));
  let first = floor(cell);
  let part = cell - first;
  let a = vec2i(first);
  let b = min(a + vec2i(1), vec2i(last));
  let upper = mix(
    shadow[u32(a.y * pose.cells + a.x)], shadow[u32(a.y * pose.cells + b.x)], part.x
  );
  let lower = mix(
    shadow[u32(b.y * pose.cells + a.x)], shadow[u32(b.y * pose.cells + b.x)], part.x
  );
  return mix(upper, lower, part.y);
}

fn coverage(code: f32) -> f32 {
  if (code == 0.0) {
    return 0.0;
  }
  return 1.0 / (1.0 + exp(-(code / 255.0 * 2.0 - 1.0) * LOGITS));
}

fn pixel(column: i32, row: i32) -> Pixel {
  let at = vec2i(min(column, pose.extent.x - 1), row);
  let here = vec3f(vec2f(at), 1.0);
  var sums = vec4f(0.0);
  var bare = 1.0;
  for (var p = 0u; p < pose.n_parts; p++) {
    let box = pose.parts[p].box;
    if (any(at < box.xy) || any(at >= box.zw)) {
      continue;
    }
    let node = vec2f(
      dot(pose.parts[p].to_grid_x.xyz, here), dot(pose.parts[p].to_grid_y.xyz, here)
    );
    let bend = bent(p, node);
    let place = bend.xy + vec2f(
      dot(pose.parts[p].to_view_x.xyz, here), dot(pose.parts[p].to_view_y.xyz, here)
    );
    let view = seen(p, place);
    let a = coverage(view.a);
    let weight = a * a * a * bend.z;
    sums += vec4f(view.rgb * bend.w, 1.0) * weight;
    bare *= 1.0 - a;
  }
  let dark = byte(255.0 * darker(f32(at.x), f32(at.y)));
  let place = pose.corner + at;
  let empty = levels(plate[u32(place.y * pose.size + place.x)]).rgb;
  let lit = round(empty * (255.0 - f32(dark)) / 255.0);
  let own = sums.rgb * ((1.0 - bare) / (sums.a + LEAST_WEIGHT));
  let shown = own + lit * bare;
  let rgb = byte(shown.r) | (byte(shown.g) << 8u) | (byte(shown.b) << 16u);
  return Pixel(rgb, byte(255.0 - 255.0 * bare), dark);
}

@compute @workgroup_size(8, 8)
fn compose(@builtin(global_invocation_id) id: vec3u) {
  let across = u32(pose.extent.x + 3) / 4u;
  if (id.x >= across || i32(id.y) >= pose.extent.y) {
    return;
  }
  let x = i32(4u * id.x);
  let y = i32(id.y);
  var rgb: array<u32, 4>;
  var alpha = 0u;
  var dark = 0u;
  for (var k = 0u; k < 4u; k++) {
    let found = pixel(x + i32(k), y);
    rgb[k] = found.rgb;
    alpha |= found.alpha << (8u * k);
    dark |= found.shadow << (8u * k);
  }
  let n = across * u32(pose.extent.y);
  let word = id.y * across + id.x;
  drawn[3u * word] = rgb[0] | (rgb[1] << 24u);
  drawn[3u * word + 1u] = (rgb[1] >> 8u) | (rgb[2] << 16u);
  drawn[3u * word + 2u] = (rgb[2] >> 16u) | (rgb[3] << 8u);
  drawn[3u * n + word] = alpha;
  drawn[4u * n + word] = dark;
}
