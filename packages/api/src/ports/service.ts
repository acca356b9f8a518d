import type { ServiceStatus } from '@holdfast/domain'
import type { Actor } from '../context.ts'

/** Holdfast as something that this machine starts. */
export type ServicePort = {
  /** As it is now; never older than the question. */
  status(signal: AbortSignal): Promise<ServiceStatus>
  /**
   * Lets the machine start the agent from its next start on; the one that runs goes on. Repeating it brings the unit up
   * to date. SERVICE_UNSUPPORTED, SERVICE_FAILED, NOT_ALLOWED, INPUT_INVALID.
   */
  install(actor: Actor): Promise<ServiceStatus>
  /** The machine starts it no more; the one that runs goes on. The same errors. */
  uninstall(actor: Actor): Promise<ServiceStatus>
}
