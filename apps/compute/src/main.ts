import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { ComputeStack } from './stack'

synthesizeApp(ComputeStack, settings)
