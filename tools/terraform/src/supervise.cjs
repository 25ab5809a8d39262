// Stands between the wrapper and Terraform, and outlives the wrapper: Nx and CI end a task by killing every
// process below it, and Terraform, killed in the middle, leaves the state locked and half written. It is
// started so that nobody counts it among the descendants of the task. When the wrapper is gone, or says
// so, it interrupts Terraform once, and waits until the state is saved and unlocked.
//
// Standard output and error: Terraform's. File descriptor 3: Terraform's exit code, at the end.
// File descriptor 4: a line `stop` interrupts; the end of it means that the wrapper is gone.
const { spawn } = require('node:child_process')
const { writeSync } = require('node:fs')
const { Socket } = require('node:net')

const [command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })

let gone = false
const orders = new Socket({ fd: 4 })
orders.setEncoding('utf8').on('data', (text) => {
  for (const _ of String(text).matchAll(/stop\n/g)) child.kill('SIGINT')
})
orders.on('error', () => {})
orders.on('close', () => {
  gone = true
  child.kill('SIGINT')
})

// Terraform must never write into a pipe that nobody reads: what it says is taken, and lost if need be.
for (const [from, to] of [
  [child.stdout, process.stdout],
  [child.stderr, process.stderr],
]) {
  to.on('error', () => {})
  from.on('data', (data) => {
    if (!gone) to.write(data)
  })
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

child.on('error', (error) => finish(error.code === 'ENOENT' ? 'ENOENT' : String(error)))
child.on('exit', () => {
  // Killed in the middle, Terraform leaves its providers behind, who hold its output open: they are of its group.
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of them have ended.
  }
})
child.on('close', (code, signal) => finish(String(code ?? (signal ? 130 : 1))))

/** @param {string} result */
function finish(result) {
  try {
    writeSync(3, result)
  } catch {
    // The wrapper is gone.
  }
  process.exit()
}
