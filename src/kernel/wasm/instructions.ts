/** The instructions that kernels use, by the names of the specification: their opcodes. */

/** Opcodes; those above 255 have a prefix, 0xfc or 0xfd, and the rest in the lower bits. */
// oxfmt-ignore
export const instructions = {
  return: 0x0f, drop: 0x1a, select: 0x1b,
  'i32.eqz': 0x45, 'i32.eq': 0x46, 'i32.ne': 0x47, 'i32.lt_s': 0x48, 'i32.lt_u': 0x49,
  'i32.gt_s': 0x4a, 'i32.ge_s': 0x4e, 'i32.add': 0x6a, 'i32.sub': 0x6b, 'i32.mul': 0x6c,
  'i32.and': 0x71, 'i32.or': 0x72, 'i32.shl': 0x74,
  'i32.trunc_sat_f64_s': 0xfc02,
  'f64.eq': 0x61, 'f64.ne': 0x62, 'f64.lt': 0x63, 'f64.gt': 0x64, 'f64.le': 0x65, 'f64.ge': 0x66,
  'f64.abs': 0x99, 'f64.neg': 0x9a, 'f64.ceil': 0x9b, 'f64.floor': 0x9c, 'f64.nearest': 0x9e,
  'f64.sqrt': 0x9f, 'f64.add': 0xa0, 'f64.sub': 0xa1, 'f64.mul': 0xa2, 'f64.div': 0xa3,
  'f64.min': 0xa4, 'f64.max': 0xa5, 'f64.copysign': 0xa6, 'f64.convert_i32_s': 0xb7,
  'f64x2.splat': 0xfd14,
  'f64x2.eq': 0xfd47, 'f64x2.ne': 0xfd48, 'f64x2.lt': 0xfd49, 'f64x2.gt': 0xfd4a,
  'f64x2.le': 0xfd4b, 'f64x2.ge': 0xfd4c,
  'v128.and': 0xfd4e, 'v128.or': 0xfd50, 'v128.bitselect': 0xfd52, 'v128.any_true': 0xfd53,
  'f64x2.ceil': 0xfd74, 'f64x2.floor': 0xfd75, 'f64x2.nearest': 0xfd94,
  'f64x2.abs': 0xfdec, 'f64x2.neg': 0xfded, 'f64x2.sqrt': 0xfdef, 'f64x2.add': 0xfdf0,
  'f64x2.sub': 0xfdf1, 'f64x2.mul': 0xfdf2, 'f64x2.div': 0xfdf3, 'f64x2.min': 0xfdf4,
  'f64x2.max': 0xfdf5,
} as const

/** Those that read or write memory. */
// oxfmt-ignore
export const accesses = {
  'i32.load': 0x28, 'i32.load8_u': 0x2d, 'f64.load': 0x2b, 'f64.store': 0x39,
  'v128.load': 0xfd00, 'v128.store': 0xfd0b, 'v128.load64_splat': 0xfd0a,
  'v128.load64_zero': 0xfd5d,
} as const

export type Instruction = keyof typeof instructions
export type Access = keyof typeof accesses

/** What stands behind the dot for single numbers as for each lane of a vector. */
export type Both = Behind<Instruction, 'f64'> & Behind<Instruction, 'f64x2'>

type Behind<Name, Type extends string> = Name extends `${Type}.${infer Rest}` ? Rest : never
