"""Which test checks each row of the parity page that says "same".

A test stands as file and name; a parity case, which both SDKs run, as its file and name. Several
stand where one shows a part of the row.
"""

from __future__ import annotations

from typing import Final

WRITERS: Final = (
    "tests/mltable_parity/test_writers.py::test_a_table_gives_the_same_or_what_was_meant"
)
PROOFS: Final[dict[str, dict[str, str | tuple[str, ...]]]] = {
    "Names by module": {
        "`Input`, `Output`": "tests/parity/cases/ports.py::case_what_inputs_and_outputs_hold",
        "`command`": (
            "tests/parity/cases/reinstantiation.py::case_an_instance_of_a_full_command_function"
        ),
        "`load_component`, `load_job`, `load_environment`, `load_data`, `load_model`": (
            "tests/parity/cases/yaml_components.py::case_a_missing_file_in_every_loader",
            "tests/parity/cases/surface.py::case_every_loader_reads_its_file",
            (
                "tests/entities/test_loading.py"
                "::test_all_problems_of_a_file_are_told_at_once_with_their_places"
            ),
        ),
        "`load_compute`": (
            "tests/entities/test_compute.py::test_a_file_gives_a_cluster_or_another_compute"
        ),
        "`dsl.pipeline`": "tests/parity/cases/decorator.py::case_all_words_of_the_decorator",
        "`parallel.parallel_run_function`, `parallel.RunFunction`": (
            "tests/parity/cases/surface.py::case_print_of_an_uncalled_parallel_function"
        ),
        "`parallel.ParallelJob`": (
            "tests/parity/cases/settings.py::case_a_parallel_job_is_a_plain_holder"
        ),
        "`entities.ResourceConfiguration`, `entities.JobResourceConfiguration`": (
            "tests/parity/cases/settings.py::case_resources_as_objects"
        ),
        "`entities.PipelineJob`, `entities.PipelineJobSettings`": (
            "tests/parity/cases/jobs.py::case_settings_edited",
            "tests/parity/cases/jobs.py::case_a_job_of_steps_made_by_hand",
        ),
        "`entities.Command`, `entities.CommandComponent`, `entities.CommandJob`": (
            "tests/parity/cases/assets.py::case_a_command_component_made_by_hand",
            "tests/parity/cases/surface.py::case_a_loaded_command_job",
        ),
        "`entities.Parallel`, `entities.ParallelComponent`, `entities.ParallelTask`": (
            "tests/parity/cases/settings.py::case_a_parallel_component_made_by_hand",
            "tests/parity/cases/reinstantiation.py::case_a_step_of_a_registered_component",
        ),
        "`entities.PipelineComponent`, `entities.Component`": (
            "tests/parity/cases/assets.py::case_a_pipeline_component_from_a_decorated_function",
            "tests/parity/cases/surface.py::case_every_loader_reads_its_file",
        ),
        "`entities.Job`": (
            "tests/entities/test_node.py::test_nodes_and_pipeline_jobs_are_jobs",
            "tests/parity/cases/surface.py::case_every_loader_reads_its_file",
        ),
        "`entities.ValidationResult`": (
            "tests/parity/cases/jobs.py::case_validation_reports_and_does_not_raise"
        ),
        "`constants.AssetTypes`, `constants.InputOutputModes`, `constants.InputTypes`": (
            "tests/parity/cases/surface.py::case_words_of_constants",
        ),
        "`exceptions.MlException`, `exceptions.ValidationException`, `exceptions.JobException`": (
            "tests/parity/cases/errors.py::case_errors_carry_their_words",
            "tests/client/test_jobs.py::test_streaming_a_failed_job_raises_with_cause_and_log",
        ),
        "`exceptions.ErrorTarget`, `exceptions.ErrorCategory`, `exceptions.ValidationErrorType`": (
            "tests/parity/cases/surface.py::case_words_of_errors",
            "tests/parity/cases/errors.py::case_errors_carry_their_words",
        ),
        (
            "`exceptions.ComponentException`, `exceptions.AssetException`, "
            "`exceptions.UserErrorException`"
        ): (
            "tests/parity/cases/errors.py::case_calls_of_a_step_function",
            (
                "tests/client/test_assets.py"
                "::test_get_asks_for_a_version_or_a_label_and_not_for_both"
            ),
        ),
        "`constants.JobType`, `constants.ParallelTaskType`": (
            "tests/parity/cases/surface.py::case_words_of_constants"
        ),
    },
    "`parallel_run_function`": {
        "`name`, `description`, `tags`, `properties`, `display_name`, `experiment_name`": (
            ("tests/parity/cases/reinstantiation.py::case_an_instance_of_a_full_parallel_function"),
            "tests/parity/cases/surface.py::case_the_experiment_of_a_function",
        ),
        "`inputs`, `outputs`, `input_data`": (
            "tests/parity/cases/errors.py::case_the_major_input_names_nothing"
        ),
        "`partition_keys`": (
            "tests/samples/test_samples.py::test_a_model_is_made_of_each_partition"
        ),
        "`error_threshold`, `mini_batch_error_threshold`": (
            "tests/guarantees/test_thresholds.py::test_a_threshold_is_exact"
        ),
        "`logging_level`": (
            "tests/runtime/test_logs.py::test_the_logging_level_is_that_of_the_script"
        ),
        "`environment_variables`": (
            "tests/samples/test_samples.py::test_a_model_is_made_of_each_partition"
        ),
        "`is_deterministic`": (
            (
                "tests/end_to_end/test_reuse.py"
                "::test_a_step_that_is_not_deterministic_runs_and_so_does_what_comes_after"
            ),
            "tests/parity/cases/settings.py::case_tags_and_labels_of_a_function",
        ),
    },
    "`RunFunction` and the task": {
        "`code`": (
            "tests/end_to_end/test_new_code.py"
            "::test_a_resume_says_that_the_script_has_changed_and_new_code_takes_it"
        ),
        "`entry_script`": (
            (
                "tests/guarantees/test_bad_start.py"
                "::test_what_can_be_seen_is_refused_before_there_is_a_job"
            ),
            "tests/client/test_submission.py::test_a_job_that_cannot_run_leaves_nothing_behind",
        ),
        "`program_arguments`": (
            "tests/security/test_values.py::test_values_of_a_file_reach_a_script_word_by_word"
        ),
        "`append_row_to`": (
            "tests/guarantees/test_exactly_once.py"
            "::test_no_row_is_lost_doubled_or_torn_by_any_schedule_of_faults_and_resumes"
        ),
    },
    "Entry script": {
        "`init()`, `run(mini_batch)`, `run(mini_batch, context)`, `shutdown()`": (
            "tests/runtime/test_parallel_step.py"
            "::test_init_runs_once_per_worker_and_shutdown_before_the_step_ends"
        ),
        "`mini_batch` as a list of paths or a DataFrame": (
            "tests/azure/test_command.py::test_a_script_written_for_azure_runs_the_whole_pipeline"
        ),
        "context: `minibatch_index`, `partition_key_value`": (
            "tests/runtime/test_logs.py::test_the_context_says_which_mini_batch_this_is",
            "tests/samples/test_samples.py::test_a_model_is_made_of_each_partition",
        ),
        "returns a list, tuple or DataFrame; its length counts as done items": (
            "tests/data/test_rows.py::test_elements_stand_one_a_line_as_str_gives_them",
            "tests/data/test_rows.py::test_a_frame_stands_as_pandas_writes_it",
        ),
        "`sys.argv` with all arguments, the settings among them": (
            "tests/runtime/test_parallel_step.py"
            "::test_a_worker_sees_its_arguments_code_and_own_folder"
        ),
        "current folder: a scratch folder for each worker; `code` first on `sys.path`": (
            "tests/runtime/test_parallel_step.py"
            "::test_a_worker_sees_its_arguments_code_and_own_folder"
        ),
        "the module is imported by its dotted path below `code`": (
            "tests/worker/test_entry_script.py"
            "::test_a_script_in_a_subfolder_may_import_its_siblings_relatively"
        ),
        "`azureml_user.parallel_run.EntryScript`": (
            "tests/worker/test_place.py::test_azures_import_works_in_a_worker"
        ),
        "`AZUREML_BI_OUTPUT_PATH`": (
            "tests/runtime/test_logs.py::test_a_script_finds_the_variables_that_azure_sets"
        ),
        "`AZURE_ML_INPUT_<name>`, `AZURE_ML_OUTPUT_<name>`, `AZUREML_PARAMETER_<name>`": (
            "tests/end_to_end/test_azure_imports.py::test_the_variables_of_azures_runtime_are_there"
        ),
    },
    "Settings of the guide's table": {
        "mini batch size": (
            (
                "tests/data/test_partition.py"
                "::test_the_default_is_ten_files_and_a_file_is_a_list_of_one"
            ),
            "tests/data/test_partition.py::test_the_default_of_a_table_is_a_megabyte",
        ),
        "mini batch error threshold": (
            "tests/guarantees/test_thresholds.py::test_a_threshold_is_exact"
        ),
        "mini batch max retries": (
            "tests/guarantees/test_retries.py::test_what_always_fails_gets_its_attempts_and_no_more"
        ),
        "item error threshold": "tests/guarantees/test_thresholds.py::test_a_threshold_is_exact",
        "allowed failed percent": (
            "tests/runtime/test_scheduler.py::test_the_percentage_is_of_all_planned_mini_batches"
        ),
        "overhead timeout": (
            (
                "tests/runtime/test_scheduler.py"
                "::test_loading_has_a_clock_of_its_own_and_init_has_none"
            ),
            "tests/runtime/test_scheduler.py::test_committing_has_the_clock_of_loading",
        ),
        "progress update timeout": (
            ("tests/guarantees/test_time_outs.py::test_a_job_that_does_not_move_ends_by_its_clock"),
            (
                "tests/planning/test_planner.py"
                "::test_a_step_of_quick_calls_may_still_stand_for_ten_minutes"
            ),
            "tests/planning/test_planner.py::test_without_settings_every_knob_has_its_default",
        ),
        "first task creation timeout": (
            "tests/guarantees/test_time_outs.py::test_a_job_that_does_not_move_ends_by_its_clock"
        ),
        "logging level": (
            "tests/runtime/test_logs.py::test_the_logging_level_is_that_of_the_script"
        ),
        "append row to": (
            (
                "tests/runtime/test_parallel_step.py"
                "::test_rows_stand_in_input_order_for_any_number_of_workers"
            ),
            "tests/runtime/test_parallel_step.py::test_rows_that_nothing_receives_are_told",
        ),
        "copy logs to parent": (
            "tests/runtime/test_pipeline.py"
            "::test_the_logs_of_a_step_are_copied_to_the_job_if_that_is_wanted"
        ),
        "resource monitor interval": (
            (
                "tests/runtime/test_parallel_step.py"
                "::test_the_monitor_writes_what_machine_and_workers_use"
            ),
            (
                "tests/runtime/test_parallel_step.py"
                "::test_the_monitor_writes_a_row_when_the_step_ends"
            ),
        ),
    },
    "Nodes": {
        "calling a component or node makes a new node": (
            "tests/parity/cases/reinstantiation.py::case_an_instance_keeps_its_own_settings"
        ),
        "`node.inputs.x = ...`, `.mode`, `.type`; `node.outputs.y.type`, `.mode`, `.path`": (
            "tests/parity/cases/ports.py::case_outputs_set_field_by_field",
            "tests/parity/cases/ports.py::case_inputs_assigned_to_a_step",
            "tests/parity/cases/ports.py::case_ports_by_key",
        ),
        (
            "settings assigned after the call (`node.mini_batch_size = ...`, "
            "`node.resources.instance_count = ...`)"
        ): "tests/parity/cases/settings.py::case_settings_bound_to_parameters",
        "a mode set on a function": (
            "tests/parity/cases/surface.py"
            "::case_modes_set_on_a_function_reach_what_the_call_does_not_give"
        ),
        "step names: `name`, else the variable, else the component": (
            "tests/parity/cases/naming.py::case_a_sibling_with_a_name_that_was_set",
            ("tests/parity/cases/naming.py::case_the_name_of_a_command_function_is_not_taken_over"),
        ),
        "`step.setting = None`": (
            "tests/parity/cases/settings.py::case_settings_taken_back_on_a_step"
        ),
    },
    "`@pipeline` and `PipelineJob`": {
        (
            "with and without parentheses; `name`, `display_name`, `description`, `tags`, "
            "`experiment_name`"
        ): (
            "tests/parity/cases/decorator.py::case_all_words_of_the_decorator",
            "tests/parity/cases/decorator.py::case_the_decorator_without_parentheses",
        ),
        "parameters typed by annotation or default; `Input` as argument": (
            "tests/parity/cases/decorator.py::case_a_callers_values_in_every_form",
            "tests/dsl/test_parameters.py::test_annotations_of_every_accepted_kind",
        ),
        "a parameter that defaults to None, bound to an optional input": (
            "tests/parity/cases/surface.py::case_an_output_path_from_a_parameter"
        ),
        "a parameter as the path of an output": (
            "tests/parity/cases/surface.py::case_an_output_path_from_a_parameter"
        ),
        "`non_pipeline_inputs`, groups of parameters": (
            "tests/parity/cases/decorator.py::case_non_pipeline_inputs",
            "tests/parity/cases/groups.py::case_a_group_is_flattened",
        ),
        "pipelines inside pipelines": "tests/parity/cases/nesting.py::case_three_levels",
        (
            "a returned dict names the outputs; an annotation of the return with `Output` or "
            "a group is checked"
        ): ("tests/parity/cases/decorator.py::case_a_return_that_does_not_fit_its_annotation"),
        "`job.inputs.x`, `job.outputs.y.type`, `job.settings.default_compute`": (
            "tests/parity/cases/jobs.py::case_a_jobs_output_read",
            "tests/parity/cases/yaml_jobs.py::case_settings_are_read_by_attribute",
        ),
    },
    "YAML": {
        (
            "`type: pipeline` with `inputs`, `outputs`, `jobs`, `settings`, `tags`, "
            "`compute`, `experiment_name`"
        ): "tests/parity/cases/yaml_jobs.py::case_every_field_of_a_job",
        "inline `type: command`, `type: parallel`": (
            "tests/parity/cases/yaml_steps.py::case_types_come_from_what_a_step_is_bound_to"
        ),
        "`component: ./file.yml`": "tests/parity/cases/yaml_steps.py::case_a_component_as_a_path",
        "`component: azureml:name:version`, `azureml:name@latest`": (
            (
                "tests/client/test_resolution.py"
                "::test_a_file_whose_steps_are_all_registered_is_complete"
            ),
            (
                "tests/client/test_resolution.py"
                "::test_what_is_not_registered_is_told_with_its_line_and_the_nearest_name"
            ),
        ),
        "`command`, `code` beside `component` in a step": (
            "tests/entities/test_validation.py"
            "::test_a_command_beside_a_component_is_ignored_with_a_warning"
        ),
        "`name`, `version` of an output": (
            "tests/client/test_job_outputs.py::test_outputs_with_names_are_registered"
        ),
        "`type: pipeline` as a step": "tests/parity/cases/yaml_steps.py::case_a_nested_pipeline",
        "component files of any name in a pipeline": (
            "tests/entities/test_loading.py::test_a_pipeline_takes_component_files_of_any_name"
        ),
        "`type: path` of the first preview, in components": (
            "tests/entities/test_loading.py::test_the_first_previews_type_path_is_what_is_given"
        ),
        "`limits.timeout` of a command step": (
            (
                "tests/runtime/test_pipeline.py"
                "::test_a_command_runs_in_a_copy_of_its_code_and_over_its_time_it_is_killed"
            ),
            (
                "tests/planning/test_planner.py"
                "::test_the_time_out_of_a_command_step_is_that_of_its_file"
            ),
        ),
        "command component: `command`, `code`, `environment`, `inputs`, `outputs`": (
            "tests/parity/cases/yaml_components.py::case_every_field_of_a_command_component"
        ),
        "`$[[ ... ]]`": (
            "tests/planning/test_arguments.py"
            "::test_an_optional_block_without_a_value_vanishes_and_one_with_a_value_is_opened"
        ),
        "`params_override`; `--set a.b=c`": (
            "tests/parity/cases/yaml_jobs.py::case_overrides_reach_everywhere",
            (
                "tests/end_to_end/test_command_line.py"
                "::test_a_setting_can_be_changed_from_the_command_line"
            ),
        ),
        "outputs of an inline step": (
            "tests/entities/test_loading.py"
            "::test_outputs_of_an_inline_step_have_the_type_of_what_they_are_bound_to"
        ),
    },
    "Data": {
        "`uri_file`, `uri_folder`, `mltable`": (
            (
                "tests/end_to_end/test_types.py"
                "::test_folders_of_every_type_pass_through_two_steps_to_the_jobs_output"
            ),
            (
                "tests/end_to_end/test_types.py"
                "::test_a_file_passes_from_the_job_through_a_step_to_its_output"
            ),
        ),
        "local paths, `file:`": "tests/storage/test_uri.py::test_a_local_reference_gives_its_path",
        "`azureml:name:version`, `azureml:name@latest`, `name:version`": (
            (
                "tests/client/test_resolution.py"
                "::test_data_and_models_are_told_apart_by_the_type_of_the_input"
            ),
            (
                "tests/client/test_resolution.py"
                "::test_a_bare_name_means_a_file_that_is_there_else_the_asset"
            ),
        ),
        "modes `download`, `eval_download`": (
            "tests/storage/test_staging.py::test_a_download_is_a_private_copy_made_anew"
        ),
        "modes `upload`, `direct` of outputs": (
            (
                "tests/guarantees/test_output_folder.py"
                "::test_the_modes_that_mount_nothing_show_nothing"
            ),
            (
                "tests/end_to_end/test_stores.py"
                "::test_an_output_goes_to_a_store_whole_over_breaking_connections"
            ),
        ),
        "MLTable: `paths` with `file`, `folder`, `pattern`": (
            (
                "tests/mltable_parity/test_tables.py"
                "::test_a_table_gives_the_same_as_with_the_reference"
            ),
            (
                "tests/mltable/test_paths.py"
                "::test_a_folder_gives_all_files_with_the_document_sorted_by_component"
            ),
        ),
        "MLTable: `read_delimited`, `read_parquet`, `read_json_lines`, `read_delta_lake`": (
            "tests/mltable_parity/test_tables.py::test_a_table_gives_the_same_as_with_the_reference"
        ),
        ("MLTable: `traits`, `metadata`, `.traits`, `.metadata`, `.get_partition_count()`"): (
            "tests/mltable/test_table.py::test_traits_and_metadata_are_read_and_set",
            "tests/mltable/test_table.py::test_a_table_is_chosen_by_its_partitions",
        ),
        "MLTable: `take`, `skip`, `filter` before the reader": (
            "tests/mltable_parity/test_tables.py::test_a_table_gives_the_same_as_with_the_reference"
        ),
        (
            "MLTable: `keep_columns`, `drop_columns`, `filter`, `convert_column_types`, "
            "`take`, `skip`, `take_random_sample`, `extract_columns_from_partition_format`"
        ): (
            (
                "tests/mltable_parity/test_tables.py"
                "::test_a_table_gives_the_same_as_with_the_reference"
            ),
            "tests/mltable/test_table.py::test_a_sample_and_a_split_draw_the_same_rows_each_time",
        ),
        "the package `mltable`": (
            "tests/end_to_end/test_azure_imports.py"
            "::test_mltable_is_imported_in_commands_as_in_entry_scripts"
        ),
    },
    "Client": {
        "`jobs.create_or_update` of a pipeline, or of a called pipeline component": (
            "tests/client/test_jobs.py::test_a_job_runs_is_streamed_and_downloaded",
            "tests/client/test_assets.py::test_the_client_takes_jobs_and_components_as_well",
        ),
        "`jobs.get`, `jobs.list`": (
            "tests/client/test_jobs.py::test_a_stored_job_is_read_back_as_it_was_submitted",
            "tests/client/test_jobs.py::test_one_damaged_job_does_not_hide_the_others",
        ),
        "`azureml://jobs/<n>/outputs/<o>/paths/<p>` as a path": (
            "tests/client/test_job_outputs.py::test_an_output_of_a_job_is_an_input_of_another"
        ),
        "`jobs.download`": (
            "tests/cli/test_job_commands.py::test_download_of_all_brings_logs_and_results"
        ),
        "`jobs.begin_cancel`": (
            "tests/client/test_cancellation.py"
            "::test_a_hanging_run_is_canceled_within_ten_seconds_and_leaves_no_process"
        ),
        "`jobs.archive`, `restore`, `update`": (
            "tests/client/test_jobs.py::test_an_archived_job_is_hidden_until_it_is_restored",
            "tests/cli/test_job_changes.py::test_update_adds_tags_and_changes_texts",
        ),
        "`components.validate`, `Component._validate`, `skip_validation`": (
            "tests/client/test_submission.py::test_a_broken_component_is_not_registered",
            "tests/parity/cases/surface.py::case_broken_components_are_found",
        ),
        "`get` of what is not there": (
            "tests/client/test_jobs.py::test_what_is_not_there_is_not_found_as_in_azure_core"
        ),
        "`get`": (
            (
                "tests/client/test_assets.py"
                "::test_get_asks_for_a_version_or_a_label_and_not_for_both"
            ),
            "tests/client/test_assets.py::test_a_data_asset_comes_back_as_it_was_registered",
            (
                "tests/client/test_components.py"
                "::test_a_component_is_found_by_each_label_and_by_none"
            ),
        ),
        "`archive`, `restore`": (
            "tests/client/test_assets.py::test_archived_assets_are_hidden_and_can_still_be_used"
        ),
        "`MLClient.create_or_update`, `begin_create_or_update`": (
            "tests/client/test_assets.py::test_the_client_finds_the_place_for_every_entity",
            "tests/client/test_assets.py::test_the_client_takes_jobs_and_components_as_well",
            "tests/client/test_compute.py::test_what_azure_calls_a_cluster_stands_for_this_machine",
        ),
        "`az ml job create`, `validate`, `show`, `list`, `stream`, `download`, `show-services`": (
            "tests/cli/test_azure_options.py::test_a_job_is_created_shown_and_saved_as_az_does",
            "tests/cli/test_answer.py::test_validating_makes_no_workspace_and_answers_programs",
            "tests/cli/test_job_commands.py::test_list_shows_every_job_the_newest_first",
            (
                "tests/cli/test_job_commands.py"
                "::test_stream_tells_the_end_on_stderr_and_the_summary_on_stdout"
            ),
            "tests/cli/test_job_commands.py::test_download_of_all_brings_logs_and_results",
        ),
        "`az ml job cancel`, `archive`, `restore`, `update`": (
            "tests/cli/test_job_changes.py::test_an_archived_job_is_listed_only_if_asked_for",
            "tests/cli/test_job_changes.py::test_cancel_ends_a_job_and_tells_how",
            "tests/cli/test_job_changes.py::test_update_adds_tags_and_changes_texts",
        ),
        "words of status": (
            "tests/azure/test_real_packages.py::test_a_job_is_in_a_state_that_azure_has_a_word_for"
        ),
    },
    "Logs": {
        (
            "`logs/job_result.txt`, `logs/readme.txt`, `job_progress_overview.<date>.txt`, "
            "`job_error.<time>.txt`"
        ): "tests/runtime/test_logs.py::test_the_tree_is_azures",
        "`logs/user/stdout`, `stderr`, `error` by node and process": (
            (
                "tests/runtime/test_parallel_step.py"
                "::test_what_the_script_prints_lands_in_its_own_log_and_never_in_the_output"
            ),
            (
                "tests/runtime/test_parallel_step.py"
                "::test_an_exception_is_retried_in_the_same_process"
            ),
        ),
        "`logs/user/entry_script_log`": (
            "tests/worker/test_place.py::test_azures_import_works_in_a_worker"
        ),
        "`logs/sys/node` by node and process": (
            "tests/runtime/test_logs.py::test_the_tree_is_azures"
        ),
        "`logs/sys/job_report/processed_mini-batches.csv`": (
            (
                "tests/runtime/test_parallel_step.py"
                "::test_a_hanging_run_is_killed_retried_and_counted_once"
            ),
            "tests/runtime/test_logs.py::test_the_tree_is_azures",
        ),
        "`logs/sys/metrics/<time>/progress.csv`, `logs/sys/master_role.<time>.txt`": (
            "tests/runtime/test_logs.py::test_the_tree_is_azures"
        ),
        "`logs/sys/node/<node>/<process>.profile` with `--profiling_module`": (
            "tests/runtime/test_logs.py::test_the_profile_of_a_worker_lies_beside_its_log"
        ),
    },
    "Names that mean nothing": {
        (
            "in a job's file, an inline step, an input, an output, an environment, a data or "
            "model file, `limits`, the `resources` of a step, `distribution`, `identity`, "
            "`services`, `queue_settings`"
        ): "tests/parity/test_wrong_names.py::test_what_the_reference_refuses_is_refused",
        (
            "`job.inputs = ...`, `step.outputs = ...`"
        ): "tests/entities/test_ports.py::test_the_ports_cannot_be_replaced",
    },
    "Azure's packages, played": {
        "`azure.ai.ml` and its `dsl`, `entities`, `parallel`, `constants`, `exceptions`": (
            "tests/docs/test_parity.py::test_azures_own_import_names_have_the_same_names",
            (
                "tests/azure/test_roles.py"
                "::test_a_name_that_we_lack_is_an_import_error_that_points_to_the_parity_table"
            ),
        ),
        "`azure.ai.ml.dsl._group_decorator`": (
            "tests/azure/test_roles.py::test_parameter_groups_are_found_where_azure_hides_them"
        ),
        "`azure.core`, `azure.storage` and other packages below `azure`": (
            "tests/azure/test_stage.py::test_other_packages_below_azure_are_found_as_ever"
        ),
    },
    "MLTable": {
        "a `delimiter` of two characters": WRITERS,
        "Parquet: a file of no bytes, such as `_SUCCESS`": WRITERS,
        "Parquet: whole numbers in one file and others in another": (
            "tests/mltable/test_table.py::test_files_of_other_types_are_read_together"
        ),
        "the number of a partition that is not there, in `select_partitions`": (
            "tests/mltable/test_table.py::test_partitions_that_are_not_there_are_told"
        ),
        "what pandas wrote of index and dtypes, on an untouched read of Parquet files": WRITERS,
        "JSON lines: values of another kind in another file": WRITERS,
        "JSON lines: what is after the first object of a line": WRITERS,
        "JSON lines: half a surrogate, `1e400`; objects without members": WRITERS,
        "Delta: the feature `deletionVectors` without a vector in use": WRITERS,
    },
}
