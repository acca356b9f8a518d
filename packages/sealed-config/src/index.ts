export { CONFIG_ERROR_CODES, ConfigError, type ConfigErrorCode } from './config-error.ts'
export { isSealedConfig, openConfig } from './open-config.ts'
export { NONCE_BYTES, sealConfig } from './seal-config.ts'
export { writeSealedFile } from './write-sealed-file.ts'
