import { parentPort } from 'node:worker_threads'

/** The Bree worker of the reports: it tells that one is due, and ends. */
parentPort?.postMessage('due')
