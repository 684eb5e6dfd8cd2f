# SPDX-License-Identifier: BSD-3-Clause
# needs: g++
cat >program.cc <<'END'
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct alignas(256) Wide {
    char bytes[300];
};

int main()
{
    std::map<std::string, std::vector<int>> table;
    for (int i = 0; i < 20000; i++)
        table["key " + std::to_string(i * 7919 % 1000)].push_back(i);
    std::vector<std::thread> threads;
    std::vector<size_t> sums(4);
    for (size_t t = 0; t < 4; t++)
        threads.emplace_back([&, t] {
            for (auto &[key, values] : table)
                sums[t] += std::string(key + key).size() + values.size();
        });
    for (auto &t : threads)
        t.join();
    std::vector<std::unique_ptr<Wide>> wide;
    for (int i = 0; i < 100; i++) {
        wide.push_back(std::make_unique<Wide>());
        if (reinterpret_cast<size_t>(wide.back().get()) % 256)
            std::cout << "not aligned\n";
    }
    std::cout << table.size() << " " << sums[0] << " " << sums[3] << "\n";
    try {
        volatile size_t huge = PTRDIFF_MAX;
        std::cout << static_cast<void *>(new char[huge]) << "\n";
    } catch (const std::bad_alloc &e) {
        std::cout << e.what() << "\n";
    }
    try {
        throw std::runtime_error(std::string(5000, 'x'));
    } catch (const std::exception &e) {
        std::cout << std::string(e.what()).size() << "\n";
    }
}
END
g++ -std=c++17 -O1 -Wall -o program program.cc -pthread
sha256sum program
./program
