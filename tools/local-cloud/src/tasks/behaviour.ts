/**
 * What a program does when it receives SIGTERM, which comes with the interruption notice. `leaves-after-30s`: it ignores
 * the signal until a SIGKILL after 30 s. `as-deployed`: as the tag of its service says.
 */
export const behaviours = [
  'as-deployed',
  'serves-until-drained',
  'leaves-at-once',
  'leaves-after-30s',
] as const

export type Behaviour = (typeof behaviours)[number]
