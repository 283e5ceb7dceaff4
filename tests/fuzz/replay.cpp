// SPDX-License-Identifier: LGPL-2.1-or-later
/// Runs a fuzz target over the files of its corpus, and, unless told --as-they-are, over cuts and
/// bit flips of each, without libFuzzer: what was found once stays found.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    bool as_they_are = false;
    std::size_t files = 0;
    std::size_t inputs = 0;
    const auto run = [&](const std::vector<std::uint8_t>& input) {
        LLVMFuzzerTestOneInput(input.data(), input.size());
        ++inputs;
    };
    for (int i = 1; i < argc; ++i) {
        as_they_are = as_they_are || argv[i] == std::string_view{"--as-they-are"};
        if (!std::filesystem::is_directory(argv[i]))
            continue;
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            std::vector<std::uint8_t> input(std::istreambuf_iterator<char>(file), {});
            ++files;
            run(input);
            if (as_they_are)
                continue;
            const std::size_t step = input.size() / 256 + 1;
            for (std::size_t at = 0; at < input.size(); at += step) {
                run({input.begin(), input.begin() + static_cast<std::ptrdiff_t>(at)});
                auto flipped = input;
                flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ (1U << at % 8));
                run(flipped);
            }
        }
    }
    std::printf("%zu files, %zu inputs\n", files, inputs);
    return files > 0 ? 0 : 1;
}
