/** Honest groups, and one kind of abuse, that look like a campaign in one way or another. */
export const LOOK_ALIKES = [
  'enterprise',
  'class',
  'popular',
  'launch',
  'spurt',
  'reseller',
  'evaluator',
  'autoscaled',
  'ci',
  'roaming',
  'family',
] as const

/** One of {@link LOOK_ALIKES}. */
export type LookAlikeKind = (typeof LOOK_ALIKES)[number]
