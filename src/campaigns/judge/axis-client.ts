import { contradicts, isManyMachines, tally } from './axis-marks.ts'
import { judgeShare } from './axis-share.ts'
import { evidence, percent, unknown, type JudgeAxis } from './group.ts'

/**
 * Client: what a relay leaves behind. It replays the headers of the first client it saw for ever and for
 * everybody, while the bodies come from other systems and from many machines behind one account.
 */
export const judgeClient: JudgeAxis = ({ conduct }, reference) => {
  const systems = tally(conduct, contradicts)
  const machines = tally(conduct, isManyMachines)
  const bySystem = judgeShare(systems, reference.contradicts, conduct.length)
  const byMachine = judgeShare(machines, reference.manyMachines, conduct.length)
  const machinesTell =
    byMachine.positive === bySystem.positive
      ? byMachine.logRatio > bySystem.logRatio
      : byMachine.positive
  const told = machinesTell ? byMachine : bySystem
  if (!machinesTell && systems.of === 0)
    return unknown('client', 'no member tells its system in the body', told.threshold)
  return evidence('client', {
    positive: told.positive,
    measured: machinesTell
      ? `${percent(told.share)} of ${machines.of} members run in 4 or more places a week under one client`
      : `${percent(told.share)} of ${systems.of} members tell another system in the body than in the headers`,
    value: told.share,
    threshold: told.threshold,
    reference: machinesTell ? reference.manyMachines : reference.contradicts,
    logRatio: told.logRatio,
  })
}
