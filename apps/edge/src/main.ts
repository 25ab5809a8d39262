import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { EdgeStack } from './stack'

synthesizeApp(EdgeStack, settings)
