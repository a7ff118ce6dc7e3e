import { rotates, tally } from './axis-marks.ts'
import { judgeShare } from './axis-share.ts'
import { evidence, percent, type JudgeAxis } from './group.ts'

/**
 * Routing: what it looks like when accounts call through a rented pool of addresses, each call or few calls
 * from another network or country. One member does what travellers and mobile callers do; a third of a group
 * does what a proxy network does.
 */
export const judgeRouting: JudgeAxis = ({ conduct }, reference) => {
  const counted = tally(conduct, rotates)
  const judged = judgeShare(counted, reference.rotates, conduct.length)
  return evidence('routing', {
    positive: judged.positive,
    measured: `${percent(judged.share)} of ${counted.of} members call from 5 networks in 10 calls or 3 countries a day`,
    value: judged.share,
    threshold: judged.threshold,
    reference: reference.rotates,
    logRatio: judged.logRatio,
  })
}
