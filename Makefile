.DEFAULT_GOAL := help
UV_RUN := uv run --no-sync

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

generate: ## Regenerate libs/api from proto
	@proto/generate

.PHONY: help generate
