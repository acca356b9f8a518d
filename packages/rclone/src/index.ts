export { readPastedToken, type SignedIn, type SignIn, startSignIn } from './authorize.ts'
export { type BorrowOptions, borrowRclone } from './borrow-rclone.ts'
export { connectRclone, type RcloneAddress, type RcloneClient } from './client.ts'
export {
  answerRemote,
  beginRemote,
  discardRemote,
  finishRemote,
  type RemoteRequest,
  type RemoteStep,
  sectionOf,
  signRemoteIn,
} from './configure-remote.ts'
export { type CryptPasswords, cryptOptions, encryptedFs, inlineCrypt } from './crypt-options.ts'
export {
  type RcloneDaemon,
  type RcloneDaemonOptions,
  type RcloneDeath,
  type RunningRclone,
  startRcloneDaemon,
} from './daemon.ts'
export type { RcloneLogLine } from './daemon-log.ts'
export { withoutSecrets } from './errors.ts'
export { findRclone, isOlderVersion, locateRclone, type RcloneBinary } from './find-rclone.ts'
export { addHeldRemote, heldRemoteProblem } from './held-remotes.ts'
export { obscure } from './obscure.ts'
export { drawCryptName, isOwnRemote } from './own-remote.ts'
export { placeFs, resolvePlace } from './place.ts'
export { type CatalogueEntry, findProvider, listProviders } from './providers.ts'
export { createRcloneCarrier, type RcloneCarrierOptions } from './rclone-carrier.ts'
export { createRcloneStore, type RcloneStoreOptions } from './rclone-store.ts'
export {
  checkPlaceAllowed,
  createCryptRemote,
  cryptRemoteBase,
  listRemotes,
  type Remote,
  readEveryRemote,
  readRemoteOptions,
} from './remotes.ts'
export {
  type SupervisedRclone,
  type SuperviseOptions,
  type SupervisionEvent,
  superviseRclone,
} from './supervise.ts'
