/** This Holdfast, as the package says it. */
export const HOLDFAST_VERSION = '0.1.0'
