import { parentPort, workerData } from 'node:worker_threads'
import { renderToBuffer } from '@react-pdf/renderer'
import { reportDocument } from './report-document.ts'
import { registerFonts } from './report-fonts.ts'

registerFonts()
const bytes = await renderToBuffer(reportDocument(workerData.report, workerData.paper))
parentPort?.postMessage(bytes)
