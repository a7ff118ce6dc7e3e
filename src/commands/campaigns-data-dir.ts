import type { ReadCampaigns } from './campaigns.ts'

/** Reads what a detector saved in the data folder of a guard that does not run. */
export const readCampaignsFrom: ReadCampaigns = (dataDir) =>
  Promise.reject(new Error(`there is no saved state of campaigns in ${dataDir}`))
