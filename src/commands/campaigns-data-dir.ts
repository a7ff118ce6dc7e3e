import { campaignsFolder } from '../app-campaigns.ts'
import { createDetector } from '../campaigns/detector.ts'
import { readCampaigns } from '../campaigns/live/read-campaigns.ts'
import type { ReadCampaigns } from './campaigns.ts'

/** Reads what a detector left in the data folder of a guard, whether that runs or not. */
export const readCampaignsFrom: ReadCampaigns = async (dataDir) =>
  Promise.resolve(readCampaigns(campaignsFolder(dataDir), createDetector))
