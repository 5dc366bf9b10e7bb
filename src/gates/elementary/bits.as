// What bits.ts has, for WebAssembly.

export function power2(k: number): number {
  return reinterpret<f64>((<i64>k + 1023) << 52)
}

export function exponentNear(x: number): number {
  return <f64>(((<i32>(reinterpret<i64>(x) >> 32)) - 0x3fe6a09e) >> 20)
}

export function signOf(x: number): number {
  return copysign<f64>(1, x)
}

export function odd(shifted: number): boolean {
  return (reinterpret<i64>(shifted) & 1) != 0
}

export function halfTurn(shifted: number): number {
  return <f64>(1 - (<i32>reinterpret<i64>(shifted) & 2))
}

export function whole(n: number): i32 {
  return <i32>n
}
