const { resolve } = require('node:path')
const { stackFacts } = require('../stack-facts.cjs')

/**
 * The stacks in the order of deployment: those in the variable STACKS, or else all.
 *
 * @returns {string[]}
 */
exports.stacks = () =>
  process.env.STACKS
    ? process.env.STACKS.trim().split(/\s+/)
    : Object.keys(stackFacts(resolve(__dirname, '../../../..')).stacks)
