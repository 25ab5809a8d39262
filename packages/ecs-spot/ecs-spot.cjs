#!/usr/bin/env node
// The command `ecs-spot` in the workspace, where tsx compiles it. The packed package has compiled code.
require('tsx/cjs')
require('./src/describe/main.ts')
