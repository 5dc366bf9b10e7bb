/**
 * The loops that all matrix products are made of. They add to what is there, for each number
 * one product after the other, in order; that several numbers advance together changes none.
 */

type Memory = Float64Array

/**
 * y[r, j] += x[r, 0] b[0, j] + x[r, 1] b[1, j] + … for `rows` rows of `n` numbers. Neighbours in
 * a row of x lie `step` apart, its rows `rowStep`.
 */
export function addRows(
  y: Memory,
  yAt: number,
  rows: number,
  n: number,
  x: Memory,
  xAt: number,
  rowStep: number,
  step: number,
  b: Memory,
  bAt: number,
  inner: number,
): void {
  let p = 0
  for (; p + 3 < inner; p += 4) {
    const b0 = bAt + p * n
    const b1 = b0 + n
    const b2 = b1 + n
    const b3 = b2 + n
    let row = 0
    for (; row + 1 < rows; row += 2) {
      const at = xAt + row * rowStep + p * step
      const x0 = x[at]!
      const x1 = x[at + step]!
      const x2 = x[at + 2 * step]!
      const x3 = x[at + 3 * step]!
      const next = at + rowStep
      const z0 = x[next]!
      const z1 = x[next + step]!
      const z2 = x[next + 2 * step]!
      const z3 = x[next + 3 * step]!
      const to = yAt + row * n
      const below = to + n
      for (let j = 0; j < n; j++) {
        const c0 = b[b0 + j]!
        const c1 = b[b1 + j]!
        const c2 = b[b2 + j]!
        const c3 = b[b3 + j]!
        y[to + j] = y[to + j]! + x0 * c0 + x1 * c1 + x2 * c2 + x3 * c3
        y[below + j] = y[below + j]! + z0 * c0 + z1 * c1 + z2 * c2 + z3 * c3
      }
    }
    if (row < rows) {
      const at = xAt + row * rowStep + p * step
      const x0 = x[at]!
      const x1 = x[at + step]!
      const x2 = x[at + 2 * step]!
      const x3 = x[at + 3 * step]!
      const to = yAt + row * n
      for (let j = 0; j < n; j++) {
        y[to + j] =
          y[to + j]! + x0 * b[b0 + j]! + x1 * b[b1 + j]! + x2 * b[b2 + j]! + x3 * b[b3 + j]!
      }
    }
  }
  for (; p < inner; p++) {
    const from = bAt + p * n
    for (let row = 0; row < rows; row++) {
      const factor = x[xAt + row * rowStep + p * step]!
      const to = yAt + row * n
      for (let j = 0; j < n; j++) y[to + j]! += factor * b[from + j]!
    }
  }
}

/** y[r, p] += x[r, 0] b[p, 0] + x[r, 1] b[p, 1] + … for `rows` rows of `n` numbers. */
export function addDots(
  y: Memory,
  yAt: number,
  rows: number,
  n: number,
  x: Memory,
  xAt: number,
  b: Memory,
  bAt: number,
  inner: number,
): void {
  let p = 0
  for (; p + 3 < n; p += 4) {
    const b0 = bAt + p * inner
    const b1 = b0 + inner
    const b2 = b1 + inner
    const b3 = b2 + inner
    let row = 0
    for (; row + 1 < rows; row += 2) {
      const from = xAt + row * inner
      const next = from + inner
      const to = yAt + row * n + p
      const below = to + n
      let s0 = y[to]!
      let s1 = y[to + 1]!
      let s2 = y[to + 2]!
      let s3 = y[to + 3]!
      let t0 = y[below]!
      let t1 = y[below + 1]!
      let t2 = y[below + 2]!
      let t3 = y[below + 3]!
      for (let j = 0; j < inner; j++) {
        const u = x[from + j]!
        const v = x[next + j]!
        const c0 = b[b0 + j]!
        const c1 = b[b1 + j]!
        const c2 = b[b2 + j]!
        const c3 = b[b3 + j]!
        s0 += u * c0
        s1 += u * c1
        s2 += u * c2
        s3 += u * c3
        t0 += v * c0
        t1 += v * c1
        t2 += v * c2
        t3 += v * c3
      }
      y[to] = s0
      y[to + 1] = s1
      y[to + 2] = s2
      y[to + 3] = s3
      y[below] = t0
      y[below + 1] = t1
      y[below + 2] = t2
      y[below + 3] = t3
    }
    if (row < rows) {
      const from = xAt + row * inner
      const to = yAt + row * n + p
      let s0 = y[to]!
      let s1 = y[to + 1]!
      let s2 = y[to + 2]!
      let s3 = y[to + 3]!
      for (let j = 0; j < inner; j++) {
        const u = x[from + j]!
        s0 += u * b[b0 + j]!
        s1 += u * b[b1 + j]!
        s2 += u * b[b2 + j]!
        s3 += u * b[b3 + j]!
      }
      y[to] = s0
      y[to + 1] = s1
      y[to + 2] = s2
      y[to + 3] = s3
    }
  }
  for (; p < n; p++) {
    const other = bAt + p * inner
    for (let row = 0; row < rows; row++) {
      const from = xAt + row * inner
      let sum = y[yAt + row * n + p]!
      for (let j = 0; j < inner; j++) sum += x[from + j]! * b[other + j]!
      y[yAt + row * n + p] = sum
    }
  }
}

/** y[r, j] = 0 + x[r] b[j]. */
export function setOuter(
  y: Memory,
  yAt: number,
  rows: number,
  n: number,
  x: Memory,
  xAt: number,
  b: Memory,
  bAt: number,
): void {
  let row = 0
  for (; row + 3 < rows; row += 4) {
    const x0 = x[xAt + row]!
    const x1 = x[xAt + row + 1]!
    const x2 = x[xAt + row + 2]!
    const x3 = x[xAt + row + 3]!
    const to = yAt + row * n
    const to1 = to + n
    const to2 = to1 + n
    const to3 = to2 + n
    for (let j = 0; j < n; j++) {
      const c = b[bAt + j]!
      y[to + j] = 0 + x0 * c
      y[to1 + j] = 0 + x1 * c
      y[to2 + j] = 0 + x2 * c
      y[to3 + j] = 0 + x3 * c
    }
  }
  for (; row < rows; row++) {
    const factor = x[xAt + row]!
    const to = yAt + row * n
    for (let j = 0; j < n; j++) y[to + j] = 0 + factor * b[bAt + j]!
  }
}
