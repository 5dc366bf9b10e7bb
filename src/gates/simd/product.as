// The SIMD kernel of matrix products, in AssemblyScript: `npm run kernels` makes binary.ts of it.
//
// Lanes and registers hold different numbers of the result, never parts of one: each number
// still is its start plus one product after the other, in the order of the inner index, as
// ../multiply.ts adds them. WebAssembly rounds each product and each sum by itself, as
// JavaScript does. All addresses are in bytes.

/**
 * Lays `inner` rows of `n` numbers out in panels of four columns, which the product then reads
 * from front to back. Neighbours in a row lie `step` apart, rows `rowStep`: a transposed matrix
 * differs in nothing else. A last panel that lacks columns is filled with what lies behind.
 */
export function pack(
  to: usize,
  from: usize,
  inner: i32,
  n: i32,
  rowStep: usize,
  step: usize,
): void {
  for (let j = 0; j < n; j += 4) {
    let at = from + <usize>j * step
    for (let p = 0; p < inner; p++) {
      store<f64>(to, load<f64>(at))
      store<f64>(to, load<f64>(at + step), 8)
      store<f64>(to, load<f64>(at + 2 * step), 16)
      store<f64>(to, load<f64>(at + 3 * step), 24)
      to += 32
      at += rowStep
    }
  }
}

/**
 * y[r, j] += x[r, 0] b[0, j] + x[r, 1] b[1, j] + … for `rows` rows of `n` numbers, b in panels.
 * Rows of y have room for whole panels; what comes to stand behind their `n` numbers means
 * nothing. Neighbours in a row of x lie `step` apart, its rows `rowStep`.
 */
export function product(
  y: usize,
  rows: i32,
  n: i32,
  x: usize,
  rowStep: usize,
  step: usize,
  b: usize,
  inner: i32,
): void {
  const line = <usize>((n + 3) & ~3) * 8
  for (let j = 0; j < n; j += 4) {
    for (let row = 0; row < rows; row += 4) {
      // Rows that are lacking at the end are the last one again: the same numbers, stored again.
      const r1 = <usize>min(rows - row - 1, 1)
      const r2 = <usize>min(rows - row - 1, 2)
      const r3 = <usize>min(rows - row - 1, 3)
      const y0 = y + <usize>row * line + <usize>j * 8
      const y1 = y0 + r1 * line
      const y2 = y0 + r2 * line
      const y3 = y0 + r3 * line
      let s0 = v128.load(y0)
      let t0 = v128.load(y0, 16)
      let s1 = v128.load(y1)
      let t1 = v128.load(y1, 16)
      let s2 = v128.load(y2)
      let t2 = v128.load(y2, 16)
      let s3 = v128.load(y3)
      let t3 = v128.load(y3, 16)
      let x0 = x + <usize>row * rowStep
      let x1 = x0 + r1 * rowStep
      let x2 = x0 + r2 * rowStep
      let x3 = x0 + r3 * rowStep
      let at = b
      for (let p = 0; p < inner; p++) {
        const c = v128.load(at)
        const d = v128.load(at, 16)
        const u0 = v128.load64_splat(x0)
        s0 = f64x2.add(s0, f64x2.mul(u0, c))
        t0 = f64x2.add(t0, f64x2.mul(u0, d))
        const u1 = v128.load64_splat(x1)
        s1 = f64x2.add(s1, f64x2.mul(u1, c))
        t1 = f64x2.add(t1, f64x2.mul(u1, d))
        const u2 = v128.load64_splat(x2)
        s2 = f64x2.add(s2, f64x2.mul(u2, c))
        t2 = f64x2.add(t2, f64x2.mul(u2, d))
        const u3 = v128.load64_splat(x3)
        s3 = f64x2.add(s3, f64x2.mul(u3, c))
        t3 = f64x2.add(t3, f64x2.mul(u3, d))
        at += 32
        x0 += step
        x1 += step
        x2 += step
        x3 += step
      }
      v128.store(y0, s0)
      v128.store(y0, t0, 16)
      v128.store(y1, s1)
      v128.store(y1, t1, 16)
      v128.store(y2, s2)
      v128.store(y2, t2, 16)
      v128.store(y3, s3)
      v128.store(y3, t3, 16)
    }
    b += <usize>inner * 32
  }
}
