export const CONFIG_ERROR_CODES = [
  'CONFIG_NOT_SEALED',
  'CONFIG_DAMAGED',
  'CONFIG_NEWER',
  'CONFIG_WRONG_PASSWORD',
  'CONFIG_PASSWORD_INVALID',
] as const
export type ConfigErrorCode = (typeof CONFIG_ERROR_CODES)[number]

/**
 * Why a sealed config can't be opened or made. This package knows nothing of Holdfast, so it has its own small error:
 * the caller turns `code` into the catalogue's. `message` never holds the password or the content.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code: ConfigErrorCode

  constructor(code: ConfigErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
  }
}
