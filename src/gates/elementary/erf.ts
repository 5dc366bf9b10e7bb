/**
 * erf, erfc and the normal distribution. Near 0, erf(x) is x and a polynomial in x²; beyond,
 * erfc(x) is exp(-x²) times what falls slowly, a polynomial on each of four ranges.
 */
import { power2 } from './bits.js'
import { expRest, LN2_HIGH, LN2_LOW, LOG2E, SHIFT } from './exponential.js'
import { upper } from './root.js'

/** 2/√π ∫₀ˣ exp(-t²) dt. */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (size < 0.85) return x + x * erfRest(x * x)
  if (!(size < 6)) return x > 0 ? 1 : x < 0 ? -1 : x
  const rest = complement(size, 0, 1)
  return x > 0 ? 1 - rest : rest - 1
}

/** 1 - erf(x), without the cancellation for large x. */
export function erfc(x: number): number {
  if (Math.abs(x) < 0.25) return 1 - (x + x * erfRest(x * x))
  return x < 0 ? 2 - complement(-x, 0, 1) : complement(x, 0, 1)
}

/** The normal distribution function: the chance that a standard normal variable is below x. */
export function normal(x: number): number {
  // erfc(-x √½) / 2, with the argument in two parts where its size matters.
  const size = Math.abs(x)
  const y = size * 0.7071067811865476
  if (y < 0.47) {
    const z = x * 0.7071067811865476
    return 0.5 + 0.5 * (z + z * erfRest(z * z))
  }
  if (!(y < 28)) return x > 0 ? 1 : x < 0 ? 0 : x
  const head = upper(size)
  const tail =
    head * 0.7071067839860916 - y - head * 2.799544089368687e-9 + (size - head) * 0.7071067811865476
  const rest = complement(y, tail, 0.5)
  return x > 0 ? 1 - rest : rest
}

/** share * erfc(x + tail) for x from 0.25, where tail is what x lacks. NaN passes. */
function complement(x: number, tail: number, share: number): number {
  if (x > 27.3) return 0
  if (x < 0.75) {
    const z = x * x
    const slope = 1.1283791670955126 * (1 - z + 0.5 * z * z)
    return share * (0.5 - (x - 0.5 + (x * erfRest(z) + tail * slope)))
  }
  const head = upper(x)
  // What falls slowly: a constant in two parts, and the rest.
  let most: number = 0
  let rest: number = 0
  if (x < 1.5) {
    most = 0.427583576155807
    rest = (x - 1) * first(x - 1) + 5.245984746185388e-18
  } else if (x < 2.75) {
    most = 0.25539567631050575
    rest = (x - 2) * second(x - 2) + -4.355639985336938e-18
  } else if (x < 5) {
    most = 0.14558972127503855
    rest = (x - 3.75) * third(x - 3.75) + -1.3719173138905755e-17
  } else {
    const t = 1 / (x * x) - 0.0205
    most = 0.5585759518533145
    rest = t * last(t) + 3.9089373990563e-17
  }
  let y = most + rest
  let yLow = most - y + rest
  if (x >= 5) {
    // Divided by x, with what the quotient lacks.
    const q = y / x
    const qUpper = upper(q)
    yLow = (y - qUpper * head - (qUpper * (x - head) + (q - qUpper) * x) + yLow) / x
    y = q
  }
  yLow = yLow + tail * (2 * x * y - 1.1283791670955126)
  // exp(-x²) from the square in two parts.
  const square = head * head
  const more = (x - head) * (x + head) + 2 * x * tail
  const k = SHIFT - square * LOG2E - SHIFT
  const r = -square - k * LN2_HIGH
  const low = k * LN2_LOW + more
  const e = r + (expRest(r - low) - low)
  // In two steps, of which the last rounds.
  const down: number = k < -900 ? -200 : 0
  return (y + (y * e + yLow * (1 + e))) * (share * power2(k - down)) * power2(down)
}

/** erf(x) / x - 1 for z = x² up to 1. */
function erfRest(z: number): number {
  const z2 = z * z
  const z4 = z2 * z2
  const a = 0.1283791670955126 - z * 0.37612638903183904
  const b = 0.11283791670960576 - z * 0.02686617064604513
  const c = 0.0052239776340724945 - z * 0.0008548327531646161
  const d = 0.0001205535277411413 - z * 1.4926177579784655e-5
  const e = 1.6471867905505922e-6 - z * 1.6491030184650566e-7
  const f = 1.5899925019059405e-8 - z * 1.8468845082210184e-9
  const g = 2.9725009179579693e-10 - z * 3.536785299563518e-11
  return a + z2 * b + z4 * (c + z2 * d + z4 * (e + z2 * f + z4 * g))
}

/** What erfc(1 + t) exp((1 + t)²) has beyond a constant, divided by t, for t from -0.25 to 0.5. */
function first(t: number): number {
  const t2 = t * t
  const t4 = t2 * t2
  const a = -0.27321201478389856 + t * 0.15437156137190844
  const b = -0.07922696894132793 + t * 0.03757229621529238
  const c = -0.016661869090318557 + t * 0.006970142374715203
  const d = -0.0027690647793122934 + t * 0.0010502694132190843
  const e = -0.000381954474165676 + t * 0.00013366264345064056
  const f = -4.5144011360916636e-5 + t * 1.4756711829593056e-5
  const g = -4.6815562155582475e-6 + t * 1.4308333117509353e-6
  const h = -3.884239011068669e-7 + t * 6.708371066212362e-8
  return a + t2 * b + t4 * (c + t2 * d + t4 * (e + t2 * f + t4 * (g + t2 * h)))
}

/** What erfc(2 + t) exp((2 + t)²) has beyond a constant, divided by t, for t from -0.5 to 0.75. */
function second(t: number): number {
  const t2 = t * t
  const t4 = t2 * t2
  const a = -0.1067964618534896 + t * 0.04180275260352658
  const b = -0.015460637764291352 + t * 0.005440738537469859
  const c = -0.0018316642757289009 + t * 0.000592469995396185
  const d = -0.000184778367317953 + t * 5.572831439880113e-5
  const e = -1.6293717619975123e-5 + t * 4.628181410921101e-6
  const f = -1.279533258989885e-6 + t * 3.448327039610507e-7
  const g = -9.068870315516501e-8 + t * 2.3373704603249016e-8
  const h = -5.996389501627833e-9 + t * 1.4681231876487822e-9
  const i = -2.393398056782163e-10
  return a + t2 * b + t4 * (c + t2 * d + t4 * (e + t2 * f + t4 * (g + t2 * h + t4 * i)))
}

/** What erfc(3.75 + t) exp((3.75 + t)²) has beyond a constant, divided by t, for t from -1 to 1.25. */
function third(t: number): number {
  const t2 = t * t
  const t4 = t2 * t2
  const a = -0.03645625753272353 + t * 0.008878755527325298
  const b = -0.002107282870169117 + t * 0.00048822238209554576
  const c = -0.00011057957492422144 + t * 2.4516325376733244e-5
  const d = -5.326672789636408e-6 + t * 1.135325602778315e-6
  const e = -2.3760039298599704e-7 + t * 4.886482992150977e-8
  const f = -9.88314799182695e-9 + t * 1.9671620363637778e-9
  const g = -3.855724882775214e-10 + t * 7.447769173444815e-11
  const h = -1.4183761234323218e-11 + t * 2.6529368978982637e-12
  const i = -4.880467283540846e-13 + t * 9.406295262224331e-14
  const j = -1.8905602979206107e-14 + t * 2.4489763306374064e-15
  return a + t2 * b + t4 * (c + t2 * d + t4 * (e + t2 * f + t4 * (g + t2 * h + t4 * (i + t2 * j))))
}

/** What x erfc(x) exp(x²) with t = 1 / x² - 0.0205 has beyond a constant, divided by t, for x from 5 to 28. */
function last(t: number): number {
  const t2 = t * t
  const t4 = t2 * t2
  const a = -0.2659650495057031 + t * 0.36618960881983287
  const b = -0.8114423755037389 + t * 2.434889941366829
  const c = -9.099916232939787 + t * 40.320617386082475
  const d = -205.0627200425447 + t * 1170.0981681928258
  const e = -7365.224551650695 + t * 50309.1371143616
  const f = -370891.12518070044 + t * 3255405.169400982
  const g = -27848515.144160867
  return a + t2 * b + t4 * (c + t2 * d + t4 * (e + t2 * f + t4 * g))
}
